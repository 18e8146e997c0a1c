"""Mail from a room's templates, once per fact and address."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, render_template
from jinja2 import TemplateNotFound
from sqlalchemy import select

from portal.config import Settings
from portal.core import clock
from portal.core.db import session
from portal.notifications.mail import build_message, send_message
from portal.notifications.models import SentMail


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
