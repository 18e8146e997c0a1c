"""Whether a home page is still true: one cheap statement instead of drawing every tile again."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Select, Table, bindparam, func, or_, select

from portal.core import clock
from portal.core.db import Base, session
from portal.security.viewer import PARTNER_ROLES, Role, Viewer

Asked: TypeAlias = ColumnElement[Any]

# Whatever a tile shows leaves a higher number in one of these; asked of the primary key, that costs microseconds.
_SHARED = ("program_version", "sale_line", "sale_credit", "reward_order_step", "badge_award", "spif_answer")
_VENDOR = (*_SHARED, "ledger_entry", "program_run", "claim_step", "book_check", "job_run")
HOLDS_SECONDS = 60


def stamp_of(viewer: Viewer) -> str:
    """A word that changes whenever something the viewer's home may show has changed, and at least every minute.

    A partner's home looks at what is the viewer's own, so that the vendor's daily work does not redraw every phone.
    """
    own = {"person": viewer.person_id, "partner": viewer.partner_id, "owner": viewer.owner_id}
    found = session.execute(_statement(viewer.role), own).one()
    parts = [*found, int(clock.now().timestamp()) // HOLDS_SECONDS, clock.today()]
    return "-".join("0" if part is None else str(part) for part in parts).replace(" ", "T")


@cache
def _statement(role: Role) -> Select[Any]:
    """What a role's home is asked, put together once; only who asks differs from request to request."""
    tables = Base.metadata.tables
    of_partner = role in PARTNER_ROLES
    asked = [*(_newest(tables[name]) for name in (_SHARED if of_partner else _VENDOR)), *_told(), *_owned(role)]
    if not of_partner:
        asked.append(select(tables["audit_head"].c.last_id).limit(1).scalar_subquery())
    return select(*asked)


def _newest(table: Table) -> Asked:
    return select(func.max(table.c.id)).scalar_subquery()


def _told() -> list[Asked]:
    """The viewer's newest notice, and when one was last read."""
    notices = Base.metadata.tables["notification"].c
    own = notices.person_id == bindparam("person", type_=BigInteger)
    return [select(func.max(column)).where(own).scalar_subquery() for column in (notices.id, notices.read_at)]


def _owned(role: Role) -> list[Asked]:
    """The viewer's claims as last saved and decided, and what the partner's or the person's accounts add up to."""
    claims, accounts = Base.metadata.tables["claim"].c, Base.metadata.tables["ledger_account"].c
    partner = Base.metadata.tables["partner"].c
    own = claims.seller_id == bindparam("person", type_=BigInteger)
    if role is Role.PARTNER_ADMIN:
        own = claims.partner_id == bindparam("partner", type_=BigInteger)
    company = select(partner.owner_id).where(partner.id == bindparam("partner", type_=BigInteger)).scalar_subquery()
    mine = or_(accounts.owner_id == bindparam("owner", type_=BigInteger), accounts.owner_id == company)
    return [
        *(select(func.max(moment)).where(own).scalar_subquery() for moment in (claims.saved_at, claims.decided_at)),
        *(
            select(func.sum(accounts.balance)).where(mine, accounts.kind == kind).scalar_subquery()
            for kind in ("pending", "available")
        ),
    ]
