"""Reading for those who file: the open draft, list prices, the people a claim may be for, the list of claims."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.claims.models import Claim, ClaimFile, ClaimState
from portal.claims.queries import LARGEST_ID, visible_claims
from portal.claims.rules import WAITING, normalize_key
from portal.core.db import session
from portal.core.errors import InvalidInput, NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import looked_after_by
from portal.partners.people.models import Person, PersonState
from portal.sales.products.models import Product, ProductState
from portal.sales.products.queries import find_product, prices_on
from portal.security.viewer import PARTNER_ROLES, Role, Viewer


def find_open_draft(viewer: Viewer) -> Claim | None:
    """The newest draft this person is writing."""
    query = select(Claim).where(Claim.state == ClaimState.DRAFT, Claim.entered_by_id == viewer.person_id)
    return session.scalar(query.order_by(Claim.saved_at.desc(), Claim.id.desc()).limit(1))


def sellers_for(viewer: Viewer) -> Select[Person]:
    """The people a viewer may file for: oneself; a partner admin's people and branches; a manager's territories."""
    people: Select[Person] = select(Person).join(Partner, Partner.id == Person.partner_id)
    people = people.where(Person.state == PersonState.ACTIVE)
    if viewer.role is Role.SELLER:
        return people.where(Person.id == viewer.person_id)
    if viewer.role is Role.PARTNER_ADMIN:
        return people.where(or_(Partner.id == viewer.partner_id, Partner.parent_id == viewer.partner_id))
    if viewer.role is Role.CHANNEL_MANAGER:
        inside = Partner.id.in_(looked_after_by(viewer))
        return people.where(inside) if viewer.territory_ids else people
    return people.where(Person.id < 0)


def get_seller(viewer: Viewer, email: str | None) -> Person:
    """The person a claim is for; without an e-mail the viewer, who must then work for a partner."""
    wanted = (email or "").strip().lower()
    if not wanted:
        if viewer.role not in PARTNER_ROLES:
            raise InvalidInput("Say who sold it: enter the seller's e-mail.", field="seller")
        wanted = viewer.email.lower()
    seller = session.scalar(sellers_for(viewer).where(Person.email == wanted))
    if seller is None:
        raise InvalidInput(f"“{wanted}” is nobody you can file for. Check the e-mail.", field="seller")
    return seller


def get_product(typed: str) -> Product:
    """The product of a typed SKU, upper or lower case; refuses unknown ones in words."""
    sku = typed.strip()[:60]
    product = find_product(sku)
    if product is None or product.state != ProductState.ACTIVE:
        raise InvalidInput(f"No product is called “{sku}”. Try another word, or the number on the box.", field="q")
    return product


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_prices(product_ids: set[int], day: dt.date) -> dict[int, int]:
    """List prices in force on a day, in minor units. The lists of all currencies carry equal numbers, so the number
    is taken in the partner's own currency."""
    return {product_id: row.list_price or 0 for product_id, row in prices_on(day, list(product_ids)).items()}


def search_claims(
    viewer: Viewer, *, q: str = "", state: str = "", partner_id: int | None = None
) -> Select[Claim, str, str]:
    """Rows (claim, seller's name, partner's name) of the viewer's list, newest first."""
    scope = visible_claims(viewer).subquery()
    seller, claim = aliased(Person), aliased(Claim, scope)
    query = select(claim, seller.name.label("seller"), Partner.name.label("partner"))
    query = query.join(seller, seller.id == claim.seller_id).join(Partner, Partner.id == claim.partner_id)
    if q:
        key = normalize_key(q) or ""
        like = f"%{_literal(q)}%"
        query = query.where(
            or_(
                and_(claim.invoice_key.is_not(None), claim.invoice_key.like(f"%{key}%") if key else claim.id < 0),
                claim.number.ilike(like, escape="\\"),
                Partner.name.ilike(like, escape="\\"),
                seller.name.ilike(like, escape="\\"),
            )
        )
    if state == "waiting":
        query = query.where(claim.state.in_(WAITING))
    elif state:
        query = query.where(claim.state == state)
    if partner_id is not None:
        query = query.where(claim.partner_id == partner_id)
    return query.order_by(claim.saved_at.desc(), claim.id.desc())


def get_file(viewer: Viewer, claim_id: int, file_id: int) -> ClaimFile:
    """A file of a claim the viewer may see."""
    if max(claim_id, file_id) > LARGEST_ID:
        raise NotFound
    scope = visible_claims(viewer).where(Claim.id == claim_id).with_only_columns(Claim.id)
    found = session.scalar(select(ClaimFile).where(ClaimFile.id == file_id, ClaimFile.claim_id.in_(scope)))
    if found is None:
        raise NotFound
    return found


def count_claims(viewer: Viewer) -> dict[str, int]:
    """How many claims the viewer sees by state; `waiting` adds up those not decided, "" all."""
    scope = visible_claims(viewer).with_only_columns(Claim.state, func.count()).group_by(Claim.state)
    counts = {state: int(number) for state, number in session.execute(scope)}
    waiting = sum(counts.get(state, 0) for state in WAITING)
    return counts | {"": sum(counts.values()), "waiting": waiting}


def find_asked(viewer: Viewer) -> Claim | None:
    """The claim whose question has waited longest for this person's answer."""
    mine = or_(Claim.seller_id == viewer.person_id, Claim.entered_by_id == viewer.person_id)
    query = select(Claim).where(Claim.state == ClaimState.INFO_REQUESTED, mine)
    return session.scalar(query.order_by(Claim.submitted_at, Claim.id).limit(1))
