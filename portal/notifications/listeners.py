"""Facts become notices and mail. Every listener is safe to hear the same fact twice."""

from __future__ import annotations

from typing import Any

from portal.core.db import session
from portal.core.money import show_minor
from portal.notifications.mailing import send_mail
from portal.notifications.services import notify
from portal.partners.people.models import Person

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
    _tell_seller(fact, "claim_approved", f"{_stars(fact['points'])} for claim {fact['number']}{by}.")


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


def tell_claim_reversed(fact: Payload) -> None:
    """The seller reads what was taken back and why."""
    _tell_seller(fact, "claim_reversed", f"Claim {fact['number']} was taken back: {fact['reason']}")
