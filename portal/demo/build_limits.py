"""How much each approver of the demo may approve at once; one exception that waits is above David's limit."""

from __future__ import annotations

from portal.core.db import transaction
from portal.core.money import POINTS
from portal.demo.build_programs import viewer
from portal.partners.limits.services import set_limit
from portal.partners.people.queries import find_person_by_email
from portal.security.limits.rules import Kind, Limit

ADMIN = "admin@demo.example"
LIMITS = {
    "manager@demo.example": (
        Limit(Kind.CLAIM, POINTS, 5_000), Limit(Kind.CLAIM, "USD", 500_000), Limit(Kind.EXCEPTION, "USD", 100_000),
        Limit(Kind.PROGRAM, "USD", 10_000_000), Limit(Kind.PROGRAM, POINTS, 200_000),
    ),
    "manager2@demo.example": (Limit(Kind.CLAIM, POINTS, 20_000), Limit(Kind.EXCEPTION, "USD", 500_000)),
    "finance@demo.example": (
        Limit(Kind.EXCEPTION, "USD", 500_000), Limit(Kind.ADJUSTMENT, "USD", 1_000_000),
        Limit(Kind.ADJUSTMENT, POINTS, 100_000),
    ),
    "finance2@demo.example": (
        Limit(Kind.EXCEPTION, "USD", 2_000), Limit(Kind.ADJUSTMENT, "USD", 250_000),
        Limit(Kind.ADJUSTMENT, POINTS, 25_000),
    ),
}  # fmt: skip


def build() -> None:
    """First limits, which count at once, given by the admin."""
    with transaction():
        by = viewer(ADMIN)
        for email, limits in LIMITS.items():
            person = find_person_by_email(email)
            if person is None:
                raise LookupError(email)
            for limit in limits:
                set_limit(person, limit, by=by)
