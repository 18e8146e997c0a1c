"""Reading partners, always within what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, false, or_, select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.mergers.queries import merged_into
from portal.partners.organizations.models import Partner, PartnerName, PartnerValue
from portal.partners.organizations.rules import VALUE_NAMES, Values, ValuesFrom
from portal.partners.territories.models import PartnerManager, Territory
from portal.security.viewer import Role, Viewer


def sees_all_partners(viewer: Viewer) -> bool:
    """Whether no filter is needed: the vendor's people, except managers with territories of their own."""
    return viewer.is_vendor and not (viewer.role is Role.CHANNEL_MANAGER and viewer.territory_ids)


def branch_ids(partner_id: int) -> Select[int]:
    """The ids of a partner, of every partner that is part of it today, and of everything these own, however deep."""
    start = or_(Partner.id == partner_id, Partner.id.in_(merged_into(partner_id)))
    tree = select(Partner.id).where(start).cte("branches", recursive=True)
    tree = tree.union(select(Partner.id).join(tree, Partner.parent_id == tree.c.id))
    return select(tree.c.id)


def looked_after_by(viewer: Viewer) -> Select[int]:
    """The partners a manager with territories looks after: those handed over by name, and the territories' others."""
    named = _named_manager()
    territory = and_(named.is_(None), Partner.territory_id.in_(sorted(viewer.territory_ids)))
    return select(Partner.id).where(or_(named == viewer.person_id, territory))


def _named_manager() -> ScalarSelect[int | None]:
    rows = select(PartnerManager.person_id).where(PartnerManager.partner_id == Partner.id)
    rows = rows.where(PartnerManager.valid_from <= clock.today())
    return rows.order_by(PartnerManager.valid_from.desc(), PartnerManager.seq.desc()).limit(1).scalar_subquery()


def managers_on(partner_ids: Iterable[int], day: dt.date) -> dict[int, int | None]:
    """The named manager of each partner on a day; partners never handed over are missing."""
    query = select(PartnerManager).where(PartnerManager.partner_id.in_(sorted(partner_ids)))
    rows = session.scalars(query.where(PartnerManager.valid_from <= day).order_by(
        PartnerManager.valid_from, PartnerManager.seq
    ))  # fmt: skip
    return {row.partner_id: row.person_id for row in rows}


def partner_scope(viewer: Viewer, column: Any = Partner.id) -> ColumnElement[bool] | None:
    """The condition that keeps a partner-id column within the viewer's scope; None when everything is in it.

    Supply opens nothing here: a distributor sees only the sale lines that name it.
    """
    if sees_all_partners(viewer):
        return None
    if viewer.role is Role.CHANNEL_MANAGER:
        return column.in_(looked_after_by(viewer))  # type: ignore[no-any-return]
    if viewer.partner_id is None:
        return false()
    if viewer.role is Role.PARTNER_ADMIN:
        return column.in_(branch_ids(viewer.partner_id))  # type: ignore[no-any-return]
    return column == viewer.partner_id  # type: ignore[no-any-return]


def visible_partners(viewer: Viewer) -> Select[Partner]:
    """The partners a viewer may know of; every other query starts here."""
    scope = partner_scope(viewer)
    return select(Partner) if scope is None else select(Partner).where(scope)


def get_partner(viewer: Viewer, code: str) -> Partner:
    """A visible partner by its code; a stranger's partner does not exist."""
    found = session.scalar(visible_partners(viewer).where(Partner.code == code))
    if found is None:
        raise NotFound
    return found


def get_partner_by_id(viewer: Viewer, partner_id: int) -> Partner:
    """A visible partner by its id; a stranger's partner does not exist."""
    found = session.scalar(visible_partners(viewer).where(Partner.id == partner_id))
    if found is None:
        raise NotFound
    return found


def find_partner_by_code(code: str) -> Partner | None:
    """The partner of that code whoever asks; for imports and commands, never for a page."""
    return session.scalar(select(Partner).where(Partner.code == code))


def find_partners_by_code(codes: Iterable[str]) -> dict[str, Partner]:
    """The partners of these codes by code, whoever asks; for imports, never for a page."""
    wanted = sorted(set(codes))
    chunks = (wanted[start : start + 5000] for start in range(0, len(wanted), 5000))
    rows = (row for chunk in chunks for row in session.scalars(select(Partner).where(Partner.code.in_(chunk))))
    return {partner.code: partner for partner in rows}


@dataclass(frozen=True)
class PartnerFilter:
    """What the list of partners is narrowed to; empty means everything."""

    q: str = ""
    type: str = ""
    tier: str = ""
    territory_id: int | None = None
    segment: str = ""
    state: str = ""


SORTABLE = {
    "name": Partner.name,
    "code": Partner.code,
    "type": Partner.type,
    "tier": Partner.tier,
    "territory": Territory.name,
    "segment": Partner.segment,
    "state": Partner.state,
}


def search_partners(
    viewer: Viewer, wanted: PartnerFilter, *, sort: str = "name", descending: bool = False
) -> Select[Partner, str | None]:
    """Visible partners with their territory's name, filtered and sorted; the code settles ties."""
    query = visible_partners(viewer).add_columns(Territory.name).outerjoin(
        Territory, Territory.id == Partner.territory_id
    )  # fmt: skip
    for clause in _clauses(wanted):
        query = query.where(clause)
    column = SORTABLE.get(sort, Partner.name)
    return query.order_by(column.desc() if descending else column.asc(), Partner.code)


def _clauses(wanted: PartnerFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.q:
        columns = (Partner.name, Partner.code, Partner.email)
        old = select(PartnerName.partner_id).where(PartnerName.name.icontains(wanted.q, autoescape=True))
        yield or_(*(column.icontains(wanted.q, autoescape=True) for column in columns), Partner.id.in_(old))
    if wanted.type:
        yield Partner.type == wanted.type
    if wanted.tier:
        yield Partner.tier == wanted.tier
    if wanted.territory_id is not None:
        yield Partner.territory_id == wanted.territory_id
    if wanted.segment:
        yield Partner.segment == wanted.segment
    if wanted.state:
        yield Partner.state == wanted.state


def list_choices(viewer: Viewer, column: str) -> list[str]:
    """The tiers, segments or types that visible partners have today, for filters."""
    field = {"tier": Partner.tier, "segment": Partner.segment, "type": Partner.type}[column]
    query = visible_partners(viewer).with_only_columns(field).where(field != "").distinct().order_by(field)
    return list(session.scalars(query))


def list_children(viewer: Viewer, partner: Partner) -> Sequence[Partner]:
    """The visible branches directly under a partner."""
    return session.scalars(visible_partners(viewer).where(Partner.parent_id == partner.id).order_by(Partner.name)).all()


def find_parent(viewer: Viewer, partner: Partner) -> Partner | None:
    """The owner of a partner, when the viewer may know of it."""
    if partner.parent_id is None:
        return None
    return session.scalar(visible_partners(viewer).where(Partner.id == partner.parent_id))


def names_of(partner_ids: Iterable[int]) -> dict[int, str]:
    """Names of partners a page already shows something of."""
    wanted = sorted(set(partner_ids))
    rows = session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(wanted))) if wanted else ()
    return {number: name for number, name in rows}


def list_values(partner_id: int) -> Sequence[PartnerValue]:
    """Every recorded value row of a partner in the order it was learned."""
    query = select(PartnerValue).where(PartnerValue.partner_id == partner_id)
    return session.scalars(query.order_by(PartnerValue.valid_from, PartnerValue.seq, PartnerValue.id)).all()


def timeline_of(partner_id: int, *, as_of: dt.datetime | None = None) -> list[ValuesFrom]:
    """A partner's values by day as known at `as_of` (now): for each day the newest recorded row."""
    newest: dict[dt.date, Values] = {}
    for row in list_values(partner_id):
        if as_of is None or row.recorded_at <= as_of:
            newest[row.valid_from] = Values(**{name: getattr(row, name) for name in VALUE_NAMES})
    return [ValuesFrom(day, newest[day]) for day in sorted(newest)]


def is_within(partner_id: int, top_id: int) -> bool:
    """Whether a partner is another one or lies somewhere under it today."""
    branches = branch_ids(top_id).subquery()
    return session.scalar(select(branches.c.id).where(branches.c.id == partner_id)) is not None


def list_old_names(partner_id: int) -> Sequence[PartnerName]:
    """The names a partner had before, the last one first."""
    query = select(PartnerName).where(PartnerName.partner_id == partner_id)
    return session.scalars(query.order_by(PartnerName.id.desc())).all()


def list_partners_changing(since: dt.date, until: dt.date) -> Sequence[Partner]:
    """Partners with values that begin to hold in a stretch of days, both ends included; for the nightly job."""
    begun = select(PartnerValue.partner_id).where(PartnerValue.valid_from.between(since, until))
    return session.scalars(select(Partner).where(Partner.id.in_(begun)).order_by(Partner.id)).all()
