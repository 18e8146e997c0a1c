"""Pure decisions about setting limits: what was typed, and how a limit is said on a page."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import InvalidInput
from portal.core.money import MAX_MINOR, POINTS, known_currency, parse_minor
from portal.security.limits.rules import MONEY, Kind, Limit, say_amount, say_limits
from portal.security.viewer import Role, Viewer

Held = Mapping[Kind, Mapping[str, Limit]]


def kinds_of_role(role: Role) -> tuple[Kind, ...]:
    """What a role may approve."""
    return tuple(kind for kind in Kind if Viewer(person_id=None, role=role).can(kind.permission))


def clean_kind(text: str, role: Role) -> Kind:
    """A kind that the role may approve."""
    for kind in kinds_of_role(role):
        if kind.value == text:
            return kind
    raise InvalidInput(f"A {role.label.lower()} approves nothing of this kind.", field="kind")


def clean_unit(text: str) -> str:
    """A currency's code, or points."""
    cleaned = text.strip()
    unit = POINTS if cleaned.lower() in (POINTS, "stars") else cleaned.upper()
    if unit != POINTS and not known_currency(unit):
        raise InvalidInput(f"“{cleaned[:20]}” is no currency. Write a code such as USD, or points.", field="unit")
    return unit


def clean_amount(text: str, unit: str) -> int | None:
    """The most at once in minor units or points; empty is no limit."""
    cleaned = text.strip().replace(",", "")
    if not cleaned:
        return None
    try:
        amount = parse_minor(cleaned, unit)
    except InvalidInput as error:
        raise InvalidInput(error.sentence, field="amount") from error
    if amount < 0 or amount > MAX_MINOR:
        raise InvalidInput("A limit is zero or more. Leave it empty for no limit.", field="amount")
    return amount


def say_limit(limit: Limit | None, kind: Kind, measure: str) -> str:
    """One limit inside a sentence: 5,000.00 USD, or no limit in money."""
    if limit is None or limit.amount is None:
        return f"no limit in {kind.stars if measure == POINTS else measure}"
    return say_amount(kind, limit.amount, limit.unit)


def capital(said: str) -> str:
    """What is said as the beginning of a line."""
    return f"{said[0].upper()}{said[1:]}"


def say_all(role: Role, held: Held) -> str:
    """All limits of an approver: claims 5,000.00 USD and any number of stars, exceptions no limit."""
    kinds = kinds_of_role(role)
    if not kinds:
        return ""
    if all(limit.amount is None for own in held.values() for limit in own.values()):
        return "no approval limit"
    return ", ".join(say_limits(kind, held.get(kind, {})) for kind in kinds)


def rows_of(role: Role, held: Held) -> list[tuple[str, ...]]:
    """What a role may approve, each kind with its limit in money and in points."""
    return [
        (capital(kind.plural), *(capital(say_limit(own.get(measure), kind, measure)) for measure in (MONEY, POINTS)))
        for kind in kinds_of_role(role)
        for own in [held.get(kind, {})]
    ]
