"""What people read in the portal about programs: a new version, a draft that waits, a draft that came back."""

from __future__ import annotations

from typing import Any

from portal.notifications.listeners import MailFact
from portal.notifications.mailing import send_mail
from portal.notifications.services import notify

Payload = dict[str, Any]
LONGEST = 400
# What is left for changes, with room to say how many more there are.
ROOM = LONGEST - 20


class MailEach(MailFact):
    """Mails each address of a fact together with what is meant for it alone; an empty address gets none."""

    def __call__(self, fact: Payload) -> None:
        """Send it, once per address."""
        for address, own in zip(fact["recipients"], fact["personal"], strict=True):
            if address:
                send_mail(self.template, address, str(fact["fact_id"]), **(fact | {"personal": own}))


def tell_version(fact: Payload) -> None:
    """Those whom a version touches read what is new, what it would have meant to them, and that terms wait."""
    for number, own in zip(fact["person_ids"], fact["personal"], strict=True):
        notify(
            number,
            kind="program",
            key=f"program:{fact['program_code']}:{fact['version']}",
            sentence=_version_words(fact, own),
            link=fact["link"],
        )


def _version_words(fact: Payload, own: str) -> str:
    """As many of the changes as a notice holds; the personal sentence always has its place."""
    after = f" {own}" if own else ""
    by = f" by {fact['answer_by']}" if fact.get("answer_by") else ""
    after += f" Read and accept its terms{by}." if fact["terms"] else ""
    told, left = fact["sentence"], list(fact["changes"])
    while left and len(told) + len(left[0]) + len(after) < ROOM:
        told += f" {left.pop(0)}"
    more = f" {len(left)} more {'change' if len(left) == 1 else 'changes'}." if left else ""
    return f"{told[: LONGEST - len(after) - len(more)]}{more}{after}"


def tell_answer_day(fact: Payload) -> None:
    """Who answers for a partner reads that its terms still wait, and from when on nothing counts without."""
    for number in fact["person_ids"]:
        notify(
            number,
            kind="program",
            key=f"answer_day:{fact['program_code']}:{fact['terms_digest'][:16]}",
            sentence=f"{fact['program_name']}: accept the changed terms by {fact['answer_by']}. What you sell from "
            "that day on counts only once you have.",
            link=f"/my-programs/{fact['program_code']}",
        )


def tell_approval_asked(fact: Payload) -> None:
    """The other channel managers read that a draft waits for them."""
    for number in fact["person_ids"]:
        notify(
            number,
            kind="draft",
            key=f"approval_asked:{fact['fact_id']}",
            sentence=f"{fact['asked_by']} asks you to approve “{fact['title']}” of {fact['program_name']}.",
            link=f"/programs/drafts/{fact['draft_id']}",
        )


def tell_draft_sent_back(fact: Payload) -> None:
    """Whoever asked reads what is to be changed."""
    notify(
        fact["person_id"],
        kind="draft",
        key=f"draft_sent_back:{fact['fact_id']}",
        sentence=f"{fact['sent_back_by']} sent “{fact['title']}” of {fact['program_name']} back: {fact['note']}",
        link=f"/programs/drafts/{fact['draft_id']}",
    )
