"""Whose earnings are looked at: a partner or a person, within what the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.ledger.models import LedgerOwner
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import visible_partners
from portal.partners.people.models import Person
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class Participant:
    """Somebody a program pays. `kind` is partner or person; `code` a partner code or an e-mail."""

    kind: str
    id: int
    code: str
    name: str
    owner_id: int
    partner_id: int | None
    organization: str = ""
    territory_id: int | None = None
    country: str = ""
    currency: str = ""


def get_participant(viewer: Viewer, code: str) -> Participant:
    """The participant of a partner code or e-mail that the viewer may see; a stranger does not exist."""
    found = session.scalar(visible_owners(viewer).where(LedgerOwner.code == code))
    participant = None if found is None else find_participant(code)
    if participant is None:
        raise NotFound
    return participant


def find_participant(code: str) -> Participant | None:
    """The participant of a partner code or e-mail, whoever asks; for commands, never for a page."""
    partner = session.scalar(select(Partner).where(Partner.code == code))
    if partner is not None:
        return Participant(
            "partner", partner.id, partner.code, partner.name, partner.owner_id, partner.id,
            territory_id=partner.territory_id, country=partner.country, currency=partner.currency,
        )  # fmt: skip
    query = select(Person, Partner.name).outerjoin(Partner, Partner.id == Person.partner_id)
    row = session.execute(query.where(Person.email == code.strip().lower())).first()
    if row is None:
        return None
    person, organization = row
    return Participant(
        "person", person.id, person.email, person.name, person.owner_id, person.partner_id, organization or ""
    )


def own_participant(viewer: Viewer) -> Participant | None:
    """Whose statement a partner's person means by "mine": the shop's for its admin, the own for a seller."""
    if viewer.role is Role.PARTNER_ADMIN and viewer.partner_id is not None:
        partner = session.get_one(Partner, viewer.partner_id)
        return find_participant(partner.code)
    return find_participant(viewer.email) if viewer.is_partner else None


def visible_owners(viewer: Viewer) -> Select[LedgerOwner]:
    """The ledger owners whose statements a viewer may read.

    The vendor's people see the partners of their territories and those partners' people, a partner's admin the own
    company and its branches, and everybody the own account. Supply opens nothing, a colleague's points neither.
    """
    mine = LedgerOwner.id == viewer.owner_id
    if viewer.role is Role.SELLER or not viewer.can("statement:read"):
        return select(LedgerOwner).where(mine)
    partners = visible_partners(viewer)
    owners = LedgerOwner.id.in_(partners.with_only_columns(Partner.owner_id))
    if not viewer.is_vendor:
        return select(LedgerOwner).where(or_(mine, owners))
    people = select(Person.owner_id).where(Person.partner_id.in_(partners.with_only_columns(Partner.id)))
    return select(LedgerOwner).where(or_(owners, LedgerOwner.id.in_(people)))
