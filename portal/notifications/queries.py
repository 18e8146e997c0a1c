"""Reading notices: everybody reads only their own."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from portal.core.db import session
from portal.notifications.models import Notification
from portal.security.viewer import Viewer


def visible_notifications(viewer: Viewer) -> Select[Notification]:
    """A viewer's own notices, newest first."""
    return select(Notification).where(Notification.person_id == viewer.person_id).order_by(Notification.id.desc())


def count_unread(viewer: Viewer) -> int:
    """How many notices the viewer has not read."""
    unread = visible_notifications(viewer).where(Notification.read_at.is_(None)).order_by(None)
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def newest_celebration(viewer: Viewer) -> Notification | None:
    """The newest unread celebration; told once at the top of the page being looked at."""
    query = visible_notifications(viewer).where(Notification.read_at.is_(None), Notification.celebrate.is_not(None))
    return session.scalar(query.limit(1))
