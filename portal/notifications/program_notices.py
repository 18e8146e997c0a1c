"""What people read in the portal about programs: a new version, a draft that waits, a draft that came back."""

from __future__ import annotations

from typing import Any

from portal.notifications.services import notify

Payload = dict[str, Any]


def tell_program(fact: Payload) -> None:
    """Those whom a version pays read what is new, and where its terms are accepted."""
    accept = " Read and accept its terms." if fact["terms"] else ""
    for number in fact["person_ids"]:
        notify(
            number,
            kind="program",
            key=f"program:{fact['program_code']}:{fact['version']}",
            sentence=f"{fact['sentence'][: 390 - len(accept)]}{accept}",
            link=fact["link"],
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
