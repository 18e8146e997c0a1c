"""Sessions as rows: begun at log-in, ended at the server."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.ids import digest, new_token
from portal.partners.access.models import UserSession, Viewing
from portal.partners.access.rules import ABSOLUTE, IDLE
from portal.partners.people.models import Person
from portal.security.viewer import Viewer


def start_session(person: Person, *, ip: str, agent: str) -> str:
    """Begin a session and return the secret for the cookie."""
    token, moment = new_token(), clock.now()
    row = UserSession(
        token_digest=digest(token), person_id=person.id, created_at=moment, last_seen=moment, ip=ip[:64],
        agent=agent[:200],
    )  # fmt: skip
    session.add(row)
    person.last_login_at = moment
    session.flush()
    return token


def find_owner(token: str) -> int | None:
    """Whose session a secret opened, even when it has ended since."""
    return session.scalar(select(UserSession.person_id).where(UserSession.token_digest == digest(token)))


def end_sessions(person_id: int, *, keep: int | None = None) -> int:
    """End every session of a person, or all but one; returns how many ended."""
    statement = update(UserSession).where(UserSession.person_id == person_id, UserSession.ended_at.is_(None))
    if keep is not None:
        statement = statement.where(UserSession.id != keep)
    ended = session.execute(statement.values(ended_at=clock.now()).returning(UserSession.id)).all()
    numbers = [number for (number,) in ended]
    end_viewings(numbers)
    return len(numbers)


def end_session(viewer: Viewer, session_id: int) -> None:
    """End one of one's own sessions; a stranger's does not exist."""
    row = session.scalar(
        select(UserSession).where(UserSession.id == session_id, UserSession.person_id == viewer.person_id)
    )
    if row is None or row.ended_at is not None:
        raise NotFound
    row.ended_at = clock.now()
    session.flush()
    end_viewings([row.id])
    audit.record("session.ended", kind="person", id=row.person_id, label=viewer.email, actor=viewer)


def end_this_session(viewer: Viewer) -> None:
    """Log out: the session in use ends, whoever one looks as."""
    if viewer.session_id is None:
        return
    row = session.get_one(UserSession, viewer.session_id)
    row.ended_at = clock.now()
    session.flush()
    end_viewings([row.id])
    audit.record("person.logged_out", kind="person", id=row.person_id, label=viewer.email, actor=viewer)


def end_other_sessions(viewer: Viewer) -> int:
    """End every session of the viewer but the one in use; returns how many."""
    ended = end_sessions(viewer.person_id or 0, keep=viewer.session_id)
    audit.record(
        "session.others_ended", kind="person", id=viewer.person_id or 0, label=viewer.email, actor=viewer,
        after={"count": ended},
    )  # fmt: skip
    return ended


def list_sessions(person_id: int) -> Sequence[UserSession]:
    """A person's sessions that can still be used, the latest first."""
    now = clock.now()
    query = select(UserSession).where(
        UserSession.person_id == person_id,
        UserSession.ended_at.is_(None),
        UserSession.last_seen > now - IDLE,
        UserSession.created_at > now - ABSOLUTE,
    )
    return session.scalars(query.order_by(UserSession.last_seen.desc(), UserSession.id.desc())).all()


def end_viewings(session_ids: Sequence[int]) -> None:
    """What was looked at as somebody else ends with the session."""
    if session_ids:
        session.execute(
            update(Viewing)
            .where(Viewing.session_id.in_(session_ids), Viewing.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
