"""From the cookie's secret to a viewer, in one statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, select

from portal.core import clock
from portal.core.db import session
from portal.core.ids import digest
from portal.partners.access.models import UserSession, Viewing
from portal.partners.access.rules import is_live
from portal.partners.organizations.models import Partner
from portal.partners.people.models import MAY_ENTER, Person, PersonState
from portal.partners.territories.models import ManagerTerritory
from portal.partners.territories.queries import territory_ids_of
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class LiveSession:
    """A session in use: when it was last written down, and who looks through it."""

    session_id: int
    last_seen: dt.datetime
    viewer: Viewer
    acting_name: str


_SESSION, _PARTNER, _LOOKS_AFTER = UserSession.__table__, Partner.__table__, ManagerTerritory.__table__
_OWNER, _SHOWN = Person.__table__.alias("owner"), Person.__table__.alias("shown")
_MANAGES = and_(_LOOKS_AFTER.c.person_id == _SHOWN.c.id, _SHOWN.c.role == Role.CHANNEL_MANAGER.value)
# Every request asks this, so it is put together once and reads columns: a row for each territory, at least one.
_LIVE = (
    select(
        *_SESSION.c["id", "created_at", "last_seen", "ended_at", "viewing_as_id"],
        _OWNER.c.id.label("owner_person_id"),
        _OWNER.c.name.label("owner_name"),
        _OWNER.c.state.label("owner_state"),
        _SHOWN.c.id.label("person_id"),
        *_SHOWN.c["role", "partner_id", "name", "email", "owner_id", "theme", "tz"],
        _PARTNER.c.name.label("organization"),
        _LOOKS_AFTER.c.territory_id,
    )
    .join(_OWNER, _OWNER.c.id == _SESSION.c.person_id)
    .join(_SHOWN, _SHOWN.c.id == func.coalesce(_SESSION.c.viewing_as_id, _OWNER.c.id))
    .outerjoin(_PARTNER, _PARTNER.c.id == _SHOWN.c.partner_id)
    .outerjoin(_LOOKS_AFTER, _MANAGES)
    .where(_SESSION.c.token_digest == bindparam("token_digest"))
)


def find_live_session(token: str) -> LiveSession | None:
    """The session of a cookie's secret, or None when it ended, idled, grew too old or its person left."""
    rows = session.execute(_LIVE, {"token_digest": digest(token)}).all()
    if not rows:
        return None
    row = rows[0]
    if row.owner_state not in MAY_ENTER or not is_live(row.created_at, row.last_seen, row.ended_at, clock.now()):
        return None
    viewer = Viewer(
        person_id=row.person_id, role=Role(row.role), partner_id=row.partner_id,
        territory_ids=frozenset(each.territory_id for each in rows if each.territory_id is not None),
        name=row.name, email=row.email, organization=row.organization or "", owner_id=row.owner_id, session_id=row.id,
        view_as_by=row.owner_person_id if row.viewing_as_id is not None else None, theme=_theme_of(row.theme),
        tz=row.tz, waiting=row.owner_state == PersonState.WAITING,
    )  # fmt: skip
    return LiveSession(session_id=row.id, last_seen=row.last_seen, viewer=viewer, acting_name=row.owner_name)


def make_viewer(
    person: Person, organization: str = "", *, session_id: int | None = None, view_as_by: int | None = None
) -> Viewer:
    """A person as rooms see one."""
    territories = territory_ids_of(person.id) if person.role == Role.CHANNEL_MANAGER else frozenset[int]()
    return Viewer(
        person_id=person.id, role=Role(person.role), partner_id=person.partner_id, territory_ids=territories,
        name=person.name, email=person.email, organization=organization, owner_id=person.owner_id,
        session_id=session_id, view_as_by=view_as_by, theme=_theme_of(person.theme), tz=person.tz,
        waiting=person.state == PersonState.WAITING,
    )  # fmt: skip


def _theme_of(chosen: str) -> str | None:
    return chosen if chosen in ("light", "dark") else None


def list_viewings(person_id: int) -> list[tuple[Viewing, str]]:
    """Who of the vendor looked at the portal as this person, the latest first."""
    query = select(Viewing, Person.name).join(Person, Person.id == Viewing.by_person_id)
    query = query.where(Viewing.person_id == person_id).order_by(Viewing.id.desc()).limit(50)
    return [(viewing, name) for viewing, name in session.execute(query)]
