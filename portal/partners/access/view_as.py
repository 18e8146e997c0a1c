"""Looking at the portal as a partner's person: read-only, bannered, audited, listed to that person."""

from __future__ import annotations

from sqlalchemy import update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden
from portal.partners.access.models import UserSession, Viewing
from portal.partners.access.sessions import end_viewings
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import Viewer


def start_viewing(person: Person, *, by: Viewer) -> Viewing:
    """Look as a person of a partner from now on; the session can change nothing until it stops."""
    if person.partner_id is None:
        raise Forbidden("You can view as people of partners only.")
    if person.state != PersonState.ACTIVE:
        raise Conflict(f"{person.name} has no active account, so there is nothing to see.")
    if by.session_id is None or by.person_id is None or by.read_only:
        raise Forbidden("Stop viewing as somebody else first.")
    viewing = Viewing(person_id=person.id, by_person_id=by.person_id, session_id=by.session_id, started_at=clock.now())
    session.add(viewing)
    _show(by.session_id, person.id)
    audit.record(
        "viewing.started", kind="person", id=person.id, label=f"{person.name} <{person.email}>", actor=by,
        partner_id=person.partner_id,
    )  # fmt: skip
    return viewing


def stop_viewing(viewer: Viewer) -> int | None:
    """Be oneself again; returns the id of the person one looked as, None when one was oneself already."""
    if not viewer.read_only or viewer.session_id is None:
        return None
    end_viewings([viewer.session_id])
    _show(viewer.session_id, None)
    audit.record("viewing.stopped", kind="person", id=viewer.person_id or 0, label=viewer.email, actor=viewer)
    return viewer.person_id


def _show(session_id: int, person_id: int | None) -> None:
    session.execute(update(UserSession).where(UserSession.id == session_id).values(viewing_as_id=person_id))
