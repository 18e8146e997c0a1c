"""Codes of shops, asking to join, proving the address, confirming and declining."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput, TooMany
from portal.core.events import emit
from portal.core.ids import digest, new_token
from portal.ledger.services import ensure_owner
from portal.partners.access.errors import LinkSpent
from portal.partners.access.services import request_log_in_link
from portal.partners.access.sessions import end_sessions
from portal.partners.joining.events import JoinAsked, JoinConfirmed, JoinDeclined, JoinWaits
from portal.partners.joining.models import JoinRequest, JoinState, ShopCode
from portal.partners.joining.queries import find_shop_by_code, find_shop_code, get_by_link
from portal.partners.joining.rules import LINK_LIVES, MAIL_MINUTES, MAILS, MINUTES, TRIES, new_code
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Employment, Person, PersonState
from portal.partners.people.queries import find_person_by_email, list_partner_admin_emails
from portal.partners.people.rules import clean_email, clean_name
from portal.security import rate_limits
from portal.security.viewer import SYSTEM, Role, Viewer


def throttle_join(email: str, ip: str) -> bool:
    """Count a wish to join before anything is looked up; False when the address has had its share of mails."""
    rate_limits.take("join-ip", ip, limit=TRIES, minutes=MINUTES)
    try:
        rate_limits.take("join", email.strip().lower(), limit=MAILS, minutes=MAIL_MINUTES)
    except TooMany:
        return False
    return True


def renew_shop_code(partner: Partner, *, by: Viewer) -> str:
    """Give a shop a fresh code; the old one stops working at once."""
    before = find_shop_code(partner.id)
    statement = update(ShopCode).where(ShopCode.partner_id == partner.id, ShopCode.ended_at.is_(None))
    session.execute(statement.values(ended_at=clock.now()))
    code = new_code()
    session.add(ShopCode(partner_id=partner.id, code=code, created_at=clock.now(), by_person_id=by.person_id))
    session.flush()
    audit.record(
        "shop_code.renewed", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, before={"in_use": before is not None}, after={"in_use": True},
    )  # fmt: skip
    return code


def ask_to_join(code: str, email: str, name: str, *, mail: bool = True) -> None:
    """Mail a link that proves the address; whoever has an account already gets a link to log in instead."""
    cleaned, called = clean_email(email), clean_name(name)
    shop = find_shop_by_code(code)
    if shop is None:
        raise InvalidInput("No shop has this code. Ask your shop's admin for the present one.", field="code")
    if not mail:
        return
    person = find_person_by_email(cleaned)
    if person is not None and (person.state != PersonState.ENDED or person.partner_id is None):
        request_log_in_link(cleaned)
        return
    token, moment = new_token(), clock.now()
    asked = JoinRequest(
        partner_id=shop.id, email=cleaned, name=called, state=JoinState.ASKED, digest=digest(token), asked_at=moment,
        expires_at=moment + LINK_LIVES,
    )  # fmt: skip
    session.add(asked)
    session.flush()
    audit.record(
        "join.asked", kind="join_request", id=asked.id, label=f"{called} <{cleaned}>", actor=SYSTEM, partner_id=shop.id
    )
    emit(
        JoinAsked(
            request_id=asked.id, email=cleaned, name=called, shop=shop.name, expires_at=asked.expires_at.isoformat(),
            token=token,
        )
    )  # fmt: skip


def prove_address(token: str) -> Person:
    """Use the link up: the person has an account that waits for the shop, and may draft claims."""
    wish = get_by_link(token)
    statement = update(JoinRequest).where(JoinRequest.id == wish.id, JoinRequest.state == JoinState.ASKED)
    moved = session.execute(
        statement.values(state=JoinState.WAITING, proved_at=clock.now()).returning(JoinRequest.id)
    ).first()
    shop = session.get_one(Partner, wish.partner_id)
    person = find_person_by_email(wish.email)
    taken = person is not None and (person.state != PersonState.ENDED or person.partner_id is None)
    if moved is None or taken or find_shop_code(shop.id) is None:
        raise LinkSpent
    person = _waiting_person(person, wish, shop)
    session.refresh(wish)
    wish.person_id = person.id
    session.flush()
    audit.record(
        "join.proved", kind="join_request", id=wish.id, label=f"{person.name} <{person.email}>", actor=SYSTEM,
        partner_id=shop.id,
    )  # fmt: skip
    emit(
        JoinWaits(
            request_id=wish.id, joiner=person.name, joiner_email=person.email, shop=shop.name,
            recipients=list_partner_admin_emails(shop.id),
        )
    )  # fmt: skip
    return person


def _waiting_person(person: Person | None, wish: JoinRequest, shop: Partner) -> Person:
    """A new account, or the one of somebody who left: points and history stay with the person."""
    if person is None:
        person = Person(email=wish.email, owner_id=ensure_owner("person", wish.email).id, created_at=clock.now())
        session.add(person)
    person.name, person.role, person.partner_id = wish.name, Role.SELLER.value, shop.id
    person.password_hash, person.password_set_at, person.state = None, None, PersonState.WAITING
    session.flush()
    return person


def confirm_joiner(wish: JoinRequest, *, by: Viewer) -> Person:
    """Take somebody in: employment and earning start today."""
    person = _decide(wish, JoinState.CONFIRMED, "", by)
    person.state = PersonState.ACTIVE
    today = clock.today()
    session.add(Employment(person_id=person.id, partner_id=wish.partner_id, started_on=today, recorded_at=clock.now()))
    session.flush()
    emit(JoinConfirmed(wish.id, person.id, person.email, person.name, by.organization))
    return person


def decline_joiner(wish: JoinRequest, *, reason: str, by: Viewer) -> Person:
    """Turn somebody away with a reason; the account ends, the address may ask again."""
    if not reason.strip():
        raise InvalidInput("Say why; the person reads it.", field="reason")
    person = _decide(wish, JoinState.DECLINED, reason.strip(), by)
    person.state = PersonState.ENDED
    session.flush()
    end_sessions(person.id)
    emit(JoinDeclined(wish.id, person.email, person.name, by.organization, reason.strip()))
    return person


def _decide(wish: JoinRequest, state: JoinState, reason: str, by: Viewer) -> Person:
    person = session.scalar(select(Person).where(Person.id == wish.person_id, Person.state == PersonState.WAITING))
    if wish.state != JoinState.WAITING or person is None:
        raise Conflict("This has already been decided.")
    wish.state, wish.decided_at, wish.decided_by_id, wish.reason = state.value, clock.now(), by.person_id, reason
    session.flush()
    audit.record(
        f"join.{state.value}", kind="join_request", id=wish.id, label=f"{person.name} <{person.email}>", actor=by,
        partner_id=wish.partner_id, reason=reason or None,
    )  # fmt: skip
    return person
