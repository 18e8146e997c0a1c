"""Pure decisions about claims: what may follow what, how invoice and serial numbers compare, what is safe."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable

from portal.claims.errors import ClaimMoved
from portal.claims.models import ClaimState as S
from portal.claims.models import LineState

ALLOWED: dict[str, frozenset[str]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.IN_REVIEW, S.INFO_REQUESTED, S.APPROVED, S.PARTIALLY_APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.INFO_REQUESTED, S.APPROVED, S.PARTIALLY_APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.INFO_REQUESTED: frozenset({S.SUBMITTED, S.REJECTED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.REVERSED}),
    S.PARTIALLY_APPROVED: frozenset({S.REVERSED}),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.REVERSED: frozenset(),
}
DECIDABLE = (S.SUBMITTED, S.IN_REVIEW)
WAITING = (S.SUBMITTED, S.IN_REVIEW, S.INFO_REQUESTED)
EDITABLE = (S.DRAFT, S.INFO_REQUESTED)
PAID = (S.APPROVED, S.PARTIALLY_APPROVED)
LIVE = (*WAITING, *PAID)
WORDS = {
    S.DRAFT: "a draft",
    S.SUBMITTED: "waiting for a decision",
    S.IN_REVIEW: "being reviewed",
    S.INFO_REQUESTED: "waiting for an answer",
    S.APPROVED: "approved",
    S.PARTIALLY_APPROVED: "partly approved",
    S.REJECTED: "rejected",
    S.WITHDRAWN: "withdrawn",
    S.REVERSED: "reversed",
}
REASONS: dict[str, str] = {
    "not_on_invoice": "The product is not on the invoice.",
    "quantity_differs": "The invoice shows another quantity.",
    "unreadable": "The invoice cannot be read.",
    "already_claimed": "This sale has already been claimed.",
    "outside_window": "The sale is outside the claim window.",
    "wrong_serial": "The serial number does not belong to this sale.",
    "not_eligible": "The sale does not meet the program's terms.",
    "other": "See the note.",
}
SAFE_BELOW = 10
ANSWER_WITHIN_DAYS = 14
REMINDER_DAYS = (3, 7, 12)
REOPEN_DAYS = 30
DEFAULT_WINDOW_DAYS = 90
MAX_LINES = 50
MAX_QUANTITY = 9_999
KEY_LENGTH = 60


def check_move(current: str, following: str) -> None:
    """Refuse a step that the state table does not know, in words."""
    if following not in ALLOWED[S(current)]:
        raise ClaimMoved(f"This claim is already {WORDS[S(current)]}, so it cannot be {WORDS[S(following)]} now.")


def due_reminder(asked_on: dt.date, answer_by: dt.date, today: dt.date, reminded: int) -> int | None:
    """The day of the newest reminder that is due and not given, counted from the question; None when there is none."""
    passed = (today - asked_on).days
    due = [day for day in REMINDER_DAYS if reminded < day <= passed and asked_on + dt.timedelta(day) <= answer_by]
    return max(due, default=None)


def reopen_until(lapsed_on: dt.date) -> dt.date:
    """The last day on which a lapsed claim may be opened again."""
    return lapsed_on + dt.timedelta(days=REOPEN_DAYS)


def is_lapsed(state: str, lapsed_on: dt.date | None) -> bool:
    """Whether a claim was withdrawn because a question stayed without an answer, and by nobody."""
    return state == S.WITHDRAWN and lapsed_on is not None


def check_reopen(state: str, lapsed_on: dt.date | None, today: dt.date) -> None:
    """Refuse to open anything but a lapsed claim again, and that only in time."""
    if not is_lapsed(state, lapsed_on) or lapsed_on is None:
        raise ClaimMoved(f"This claim is {WORDS[S(state)]}, so it cannot be opened again.")
    if today > reopen_until(lapsed_on):
        raise ClaimMoved(
            f"The {REOPEN_DAYS} days in which this claim could be opened again are over. "
            "File the sale anew, or ask your channel manager for an exception."
        )


def normalize_key(text: str | None) -> str | None:
    """What makes two written numbers the same: "fb 1042", "FB-1042" and "FB1042" are one."""
    if not text:
        return None
    plain = unicodedata.normalize("NFKD", text).upper()
    return "".join(sign for sign in plain if sign.isalnum())[:KEY_LENGTH] or None


def has_serials(category: str) -> bool:
    """Whether each unit of a product of this category carries its own serial number."""
    return category == "Bikes" or category.startswith("Bikes / ")


def is_safe(state: str, risk: int, errors: int) -> bool:
    """Whether a claim may be approved together with others, unread."""
    return state in DECIDABLE and errors == 0 and risk < SAFE_BELOW


def outcome(line_states: Iterable[str]) -> S:
    """The state of a claim whose lines have all been decided."""
    states = set(line_states)
    if states == {LineState.APPROVED}:
        return S.APPROVED
    return S.PARTIALLY_APPROVED if LineState.APPROVED in states else S.REJECTED
