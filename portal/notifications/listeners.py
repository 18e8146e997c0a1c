"""Facts become notices and mail. Every listener is safe to hear the same fact twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from portal.claims.models import Claim
from portal.core import clock
from portal.core.db import session
from portal.core.money import show_minor
from portal.notifications.mailing import send_mail
from portal.notifications.models import Notification
from portal.notifications.services import notify
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import Program
from portal.programs.runs.models import EarnedGroup
from portal.security.viewer import Role

Payload = dict[str, Any]


def person(number: int | None) -> Person | None:
    """The person of a fact, if there still is one."""
    return session.get(Person, number) if number is not None else None


class MailFact:
    """A listener that mails a fact to the people it names: `email`, `recipients`, or a person's id."""

    def __init__(self, template: str, to: str = "email") -> None:
        self.template, self.to = template, to
        self.__module__, self.__qualname__ = __name__, f"mail_{template}"

    def __call__(self, fact: Payload) -> None:
        """Send it, once per address."""
        for address, name in self._addresses(fact):
            send_mail(self.template, address, str(fact["fact_id"]), **({"name": name} | fact))

    def _addresses(self, fact: Payload) -> list[tuple[str, str]]:
        if self.to == "recipients":
            return [(address, "") for address in fact["recipients"]]
        if self.to == "email":
            return [(fact["email"], str(fact.get("name", "")))]
        found = person(fact[self.to])
        return [(found.email, found.name)] if found else []


def _stars(points: int) -> str:
    return f"{show_minor(points, 'points')} star{'' if abs(points) == 1 else 's'}"


def _link(fact: Payload) -> str:
    return f"/claims/{fact['claim_id']}"


def _tell_seller(fact: Payload, kind: str, sentence: str) -> None:
    notify(fact["seller_id"], kind=kind, key=f"{kind}:{fact['fact_id']}", sentence=sentence, link=_link(fact))


def tell_claim_approved(fact: Payload) -> None:
    """The seller reads what came of the claim and who decided."""
    approver = person(fact["approver_id"])
    by = f", approved by {approver.name}" if approver else ""
    invoice = session.scalar(select(Claim.invoice_no).where(Claim.id == fact["claim_id"]))
    _tell_seller(fact, "claim_approved", f"{_stars(fact['points'])} for {invoice or fact['number']}{by}.")


def tell_claim_rejected(fact: Payload) -> None:
    """The seller reads why nothing came of the claim."""
    _tell_seller(fact, "claim_rejected", f"Claim {fact['number']} was rejected. {fact['sentence']}")


def tell_information_requested(fact: Payload) -> None:
    """The seller reads the question."""
    _tell_seller(fact, "information_requested", f"Claim {fact['number']} needs your answer: {fact['question']}")


def tell_information_answered(fact: Payload) -> None:
    """Whoever asked reads that the answer is there."""
    if fact["asked_by_id"] is None:
        return
    sentence = f"Claim {fact['number']} was answered: {fact['answer']}"
    key = f"information_answered:{fact['fact_id']}"
    notify(fact["asked_by_id"], kind="information_answered", key=key, sentence=sentence, link=_link(fact))


def tell_answer_reminded(fact: Payload) -> None:
    """The seller reads that the question still waits, and until when."""
    sentence = f"Claim {fact['number']} still waits for your answer, until {fact['answer_by']}: {fact['question']}"
    _tell_seller(fact, "answer_reminded", sentence)


def tell_claim_lapsed(fact: Payload) -> None:
    """The seller reads that the claim lapsed, and how to take it up again."""
    sentence = f"Claim {fact['number']} lapsed without your answer. You can open it again until {fact['reopen_until']}."
    _tell_seller(fact, "claim_lapsed", sentence)


def tell_claim_reopened(fact: Payload) -> None:
    """Whoever asked reads that the seller takes the claim up again."""
    if fact["asked_by_id"] is None:
        return
    sentence = f"Claim {fact['number']} was opened again; the answer is expected by {fact['answer_by']}."
    key = f"claim_reopened:{fact['fact_id']}"
    notify(fact["asked_by_id"], kind="claim_reopened", key=key, sentence=sentence, link=_link(fact))


def tell_claim_reversed(fact: Payload) -> None:
    """The seller reads what was taken back and why."""
    _tell_seller(fact, "claim_reversed", f"Claim {fact['number']} was taken back: {fact['reason']}")


def tell_adjustment(fact: Payload) -> None:
    """Whoever owns the balance reads what was adjusted and why; for a partner, its admins."""
    amount = show_minor(fact["amount"], fact["unit"])
    unit = "stars" if fact["unit"] == "points" else fact["unit"]
    sentence = f"Your balance was adjusted by {amount} {unit}: {fact['reason']}"
    for number in _owners_people(fact["owner_id"]):
        key = f"adjustment:{fact['adjustment_id']}"
        notify(number, kind="adjustment", key=key, sentence=sentence, link="/statements")


def _owners_people(owner_id: int) -> list[int]:
    own = session.scalar(select(Person.id).where(Person.owner_id == owner_id))
    if own is not None:
        return [own]
    partner_id = session.scalar(select(Partner.id).where(Partner.owner_id == owner_id))
    return admins_of({partner_id}) if partner_id is not None else []


def admins_of(partner_ids: set[int]) -> list[int]:
    """The partner admins of these partners who may log in."""
    query = select(Person.id).where(
        Person.partner_id.in_(partner_ids), Person.role == Role.PARTNER_ADMIN, Person.state == PersonState.ACTIVE
    )
    return list(session.scalars(query))


def tell_period_locked(fact: Payload) -> None:
    """Partner admins read that a statement is final."""
    start, after = dt.date.fromisoformat(fact["period_start"]), dt.date.fromisoformat(fact["period_end"])
    earned = select(EarnedGroup.participant_id).join(Program, Program.id == EarnedGroup.program_id)
    earned = earned.where(
        Program.code == fact["program_code"], EarnedGroup.period_start == start,
        EarnedGroup.participant_kind == "partner", EarnedGroup.earned != 0,
    )  # fmt: skip
    last = after - dt.timedelta(days=1)
    sentence = f"{fact['program_name']}: {start:%B} to {last:%B %Y} is closed and your statement is final."
    for number in admins_of(set(session.scalars(earned))):
        notify(number, kind="statement", key=f"locked:{fact['fact_id']}", sentence=sentence, link="/statements")


def tell_badge(fact: Payload) -> None:
    """The one thing that is celebrated: the deed, the gift and what brought it."""
    number = f":{fact['number']}" if fact["number"] else ""
    notify(
        fact["person_id"],
        kind="badge",
        key=f"badge:{fact['award_id']}",
        sentence=f"{fact['headline']} {_latest_gain(fact['person_id']) or fact['sentence']}",
        link=f"/badges/{fact['code']}",
        celebrate=f"{fact['glyph']}{number}",
    )


def _latest_gain(person_id: int) -> str | None:
    """What a claim brought within the last minutes, in the words the person was told."""
    recently = clock.now() - dt.timedelta(minutes=5)
    query = select(Notification.sentence).where(
        Notification.person_id == person_id,
        Notification.kind == "claim_approved",
        Notification.created_at >= recently,
    )
    return session.scalar(query.order_by(Notification.id.desc()).limit(1))


def tell_tier_notice(fact: Payload) -> None:
    """A partner's admins read that the tier would fall, and what keeps it."""
    for number in admins_of({fact["partner_id"]}):
        notify(number, kind="tier", key=f"tier-notice:{fact['evaluation_id']}", sentence=fact["sentence"], link="/")


def tell_tier_changed(fact: Payload) -> None:
    """A partner's admins read which tier holds from when, and why."""
    tier = fact["after"].capitalize() or "No tier"
    sentence = f"{tier} from {fact['valid_from']}. {fact['reason']}."
    for number in admins_of({fact["partner_id"]}):
        notify(number, kind="tier", key=f"tier:{fact['fact_id']}", sentence=sentence, link="/")


def tell_order(fact: Payload) -> None:
    """The person reads that the order moved on."""
    sentences = {
        "OrderFulfilled": "Your order {number}, {reward}, is on its way.",
        "OrderDelivered": "Your order {number}, {reward}, has arrived.",
        "OrderCancelled": "Your order {number}, {reward}, was canceled and your stars are back.",
    }
    name = fact["fact"]
    sentence = sentences[name].format(**fact)
    link = f"/rewards/orders/{fact['number']}"
    notify(fact["person_id"], kind="order", key=f"order:{name}:{fact['order_id']}", sentence=sentence, link=link)
