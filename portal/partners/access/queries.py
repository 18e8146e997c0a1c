"""From the cookie's secret to a viewer: one statement, and one more for managers with territories."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.db import session
from portal.core.ids import digest
from portal.partners.access.models import UserSession, Viewing
from portal.partners.access.rules import is_live
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person, PersonState
from portal.partners.territories.queries import territory_ids_of
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class LiveSession:
    """A session in use: when it was last written down, and who looks through it."""

    session_id: int
    last_seen: dt.datetime
    viewer: Viewer
    acting_name: str


_OWNER, _SHOWN = aliased(Person), aliased(Person)
# Every request asks this, so the statement is put together once.
_LIVE = (
    select(UserSession, _OWNER.id, _OWNER.name, _OWNER.state, _SHOWN, Partner.name)
    .join(_OWNER, _OWNER.id == UserSession.person_id)
    .join(_SHOWN, _SHOWN.id == func.coalesce(UserSession.viewing_as_id, _OWNER.id))
    .outerjoin(Partner, Partner.id == _SHOWN.partner_id)
    .where(UserSession.token_digest == bindparam("token_digest"))
)


def find_live_session(token: str) -> LiveSession | None:
    """The session of a cookie's secret, or None when it ended, idled, grew too old or its person left."""
    found = session.execute(_LIVE, {"token_digest": digest(token)}).first()
    if found is None:
        return None
    row, owner_id, owner_name, owner_state, person, organization = found
    if owner_state != PersonState.ACTIVE or not is_live(row.created_at, row.last_seen, row.ended_at, clock.now()):
        return None
    view_as_by = owner_id if row.viewing_as_id is not None else None
    viewer = make_viewer(person, organization or "", session_id=row.id, view_as_by=view_as_by)
    return LiveSession(session_id=row.id, last_seen=row.last_seen, viewer=viewer, acting_name=owner_name)


def make_viewer(
    person: Person, organization: str = "", *, session_id: int | None = None, view_as_by: int | None = None
) -> Viewer:
    """A person as rooms see one."""
    role = Role(person.role)
    territories = territory_ids_of(person.id) if role is Role.CHANNEL_MANAGER else frozenset[int]()
    return Viewer(
        person_id=person.id, role=role, partner_id=person.partner_id, territory_ids=territories, name=person.name,
        email=person.email, organization=organization, owner_id=person.owner_id, session_id=session_id,
        view_as_by=view_as_by, theme=person.theme if person.theme in ("light", "dark") else None,
        tz=person.tz,
    )  # fmt: skip


def list_viewings(person_id: int) -> list[tuple[Viewing, str]]:
    """Who of the vendor looked at the portal as this person, the latest first."""
    query = select(Viewing, Person.name).join(Person, Person.id == Viewing.by_person_id)
    query = query.where(Viewing.person_id == person_id).order_by(Viewing.id.desc()).limit(50)
    return [(viewing, name) for viewing, name in session.execute(query)]
