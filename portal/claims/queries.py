"""Reading claims: every query starts from the claims a viewer may know of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import selectinload

from portal.claims.models import Claim, ClaimState
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.mergers.queries import merged_into
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import looked_after_by
from portal.security.viewer import Role, Viewer

LARGEST_ID = 2**63 - 1


def visible_claims(viewer: Viewer) -> Select[Claim]:
    """The claims of the viewer's scope; a draft is seen only by who writes it and who is paid by it."""
    mine = or_(Claim.seller_id == viewer.person_id, Claim.entered_by_id == viewer.person_id)
    if viewer.role is Role.SYSTEM:
        return select(Claim)
    if viewer.role is Role.SELLER:
        return select(Claim).where(mine, _own_shop(viewer))
    return select(Claim).where(or_(mine, and_(Claim.state != ClaimState.DRAFT, _in_scope(viewer))))


def _own_shop(viewer: Viewer) -> ColumnElement[bool]:
    """Claims of the shop one works for, and of those that are part of it."""
    return or_(Claim.partner_id == viewer.partner_id, Claim.partner_id.in_(merged_into(viewer.partner_id or 0)))


def _in_scope(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.role is Role.PARTNER_ADMIN:
        own = select(Partner.id).where(or_(Partner.id == viewer.partner_id, Partner.parent_id == viewer.partner_id))
        return or_(Claim.partner_id.in_(own), _own_shop(viewer))
    if viewer.role is Role.CHANNEL_MANAGER and viewer.territory_ids:
        return Claim.partner_id.in_(looked_after_by(viewer))
    return true()


def _whole(query: Select[Claim]) -> Select[Claim]:
    return query.options(
        selectinload(Claim.lines),
        selectinload(Claim.files),
        selectinload(Claim.findings),
        selectinload(Claim.steps),
    )


def find_claim(viewer: Viewer, claim_id: int) -> Claim | None:
    """The claim with its lines, files, findings and history, when the viewer may see it."""
    if claim_id > LARGEST_ID:
        return None
    return session.scalar(_whole(visible_claims(viewer).where(Claim.id == claim_id)))


def get_claim(viewer: Viewer, claim_id: int) -> Claim:
    """Like find_claim; a stranger's claim does not exist."""
    claim = find_claim(viewer, claim_id)
    if claim is None:
        raise NotFound
    return claim


def lock_claim(viewer: Viewer, claim_id: int) -> Claim:
    """The claim, fresh and locked until the transaction ends, for whoever is about to change it."""
    query = _whole(visible_claims(viewer).where(Claim.id == claim_id))
    options = {"populate_existing": True}
    locked = query.with_for_update(of=Claim)
    claim = session.scalar(locked, execution_options=options) if claim_id <= LARGEST_ID else None
    if claim is None:
        raise NotFound
    return claim


def names_of(model: Any, ids: Iterable[int | None]) -> dict[int, Any]:
    """Rows of a table by id, in one statement."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(wanted)))}


def visible_ids(viewer: Viewer, claim_ids: Iterable[int | None]) -> set[int]:
    """Which of these claims the viewer may open."""
    wanted = {claim_id for claim_id in claim_ids if claim_id is not None}
    if not wanted:
        return set()
    return set(session.scalars(visible_claims(viewer).where(Claim.id.in_(wanted)).with_only_columns(Claim.id)))
