"""Telling people in the portal; each notice once per fact."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.core import clock
from portal.core.db import session
from portal.notifications.models import Notification


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
