"""A person's own notices, the count in the bell, the celebration that is told once."""

from __future__ import annotations

from flask import Response, make_response, url_for

from portal.core.db import session, transaction
from portal.core.paging import paginate
from portal.notifications import queries, services
from portal.notifications.forms import MarkReadForm
from portal.security.current import viewer
from portal.security.doors import signed_in
from portal.web.htmx import is_htmx, redirect_to, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/notifications")
@signed_in
def list_notifications() -> Response:
    """The viewer's notices, newest first."""
    state = read_list_state()
    found = paginate(session(), queries.visible_notifications(viewer()), page=state.page)
    return page("notifications/list_notifications.html", found=found, form=MarkReadForm())


@bp.get("/notifications/count")
@signed_in
def count_new() -> Response:
    """How many notices are new, for the rail and the bell; nothing when there is none."""
    number = queries.count_unread(viewer())
    return make_response(str(number) if number else "")


@bp.post("/notifications/read")
@signed_in
def mark_read() -> Response:
    """Mark all of the viewer's notices as read."""
    if MarkReadForm().accept():
        with transaction():
            services.mark_read(_person_id())
    return redirect_to(url_for("notifications.list_notifications"))


@bp.post("/notifications/<int:notification_id>/dismiss")
@signed_in
def dismiss_notification(notification_id: int) -> Response:
    """Mark one of the viewer's notices as read; a stranger's number changes nothing."""
    if MarkReadForm().accept():
        with transaction():
            services.mark_read(_person_id(), notification_id)
    return unchanged() if is_htmx() else redirect_to(url_for("home.show_home"))


@bp.get("/notifications/celebration")
@signed_in
def show_celebration() -> Response:
    """The newest thing to celebrate, or 204."""
    notice = queries.newest_celebration(viewer())
    if notice is None:
        return unchanged()
    return page("notifications/_celebration.html", notice=notice, form=MarkReadForm())


def _person_id() -> int:
    return viewer().person_id or 0
