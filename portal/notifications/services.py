"""Telling people: a notice in the portal, a mail from a room's templates; each once per fact."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, render_template
from jinja2 import TemplateNotFound
from sqlalchemy import select, update

from portal.config import Settings
from portal.core import clock
from portal.core.db import session
from portal.notifications.mail import build_message, send_message
from portal.notifications.models import Notification, SentMail


def notify(
    person_id: int, *, kind: str, key: str, sentence: str, link: str | None = None, celebrate: str | None = None
) -> Notification | None:
    """One notice; a second call with the same key changes nothing and returns None."""
    known = session.scalar(select(Notification.id).where(Notification.person_id == person_id, Notification.key == key))
    if known is not None:
        return None
    notice = Notification(
        person_id=person_id,
        kind=kind,
        key=key,
        sentence=sentence[:400],
        link=link,
        celebrate=celebrate,
        created_at=clock.now(),
    )
    session.add(notice)
    return notice


def mark_read(person_id: int, notification_id: int | None = None) -> None:
    """Mark one notice, or all of a person, as read."""
    statement = update(Notification).where(Notification.person_id == person_id, Notification.read_at.is_(None))
    if notification_id is not None:
        statement = statement.where(Notification.id == notification_id)
    session.execute(statement.values(read_at=clock.now()))


def snake(name: str) -> str:
    """ClaimApproved -> claim_approved, the folder of a fact's mail templates."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def send_mail(template: str, to: str, key: str, **context: Any) -> bool:
    """Render `emails/<template>/` of whichever room has it and send it once per key and address."""
    settings: Settings = current_app.extensions["settings"]
    full_key = f"{template}:{key}:{to}"[:160]
    if session.scalar(select(SentMail.id).where(SentMail.key == full_key)) is not None:
        return False
    context = {**context, "portal_url": settings.portal_url, "brand": settings.brand, "to": to}
    subject = render_template(f"emails/{template}/subject.txt", **context).strip()
    text = render_template(f"emails/{template}/body.txt", **context)
    try:
        html = render_template(f"emails/{template}/body.html", **context)
    except TemplateNotFound:
        html = None
    session.add(SentMail(key=full_key, address=to, subject=subject[:300], sent_at=clock.now()))
    session.flush()
    send_message(settings, build_message(settings, to, subject, text, html))
    return True
