"""Pure decisions about applications."""

from __future__ import annotations

import re
import unicodedata

from portal.core.errors import Conflict
from portal.partners.onboarding.models import ApplicationState

ALLOWED: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.SUBMITTED: frozenset({ApplicationState.APPROVED, ApplicationState.REJECTED}),
    ApplicationState.APPROVED: frozenset(),
    ApplicationState.REJECTED: frozenset(),
}


def check_move(before: ApplicationState, after: ApplicationState) -> None:
    """Refuse a decision about an application that has been decided."""
    if after not in ALLOWED[before]:
        raise Conflict(f"This application has already been {before.value}.")


def propose_code(company: str, taken: set[str]) -> str:
    """A free partner code made of a company's name: "Friendly Bike Shop" becomes FRIENDLY-BIKE-SHOP."""
    plain = unicodedata.normalize("NFKD", company.upper()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")[:30].strip("-") or "PARTNER"
    if words not in taken:
        return words
    number = 2
    while f"{words}-{number}" in taken:
        number += 1
    return f"{words}-{number}"
