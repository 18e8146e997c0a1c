"""What the check needs from rooms above this one: exchange rates, and who else approves. They register here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from fractions import Fraction

from portal.security.viewer import Viewer

Rates = Callable[[str, str, dt.date], Fraction | None]
Approvers = Callable[[], Sequence[Viewer]]
_rates: list[Rates] = []
_approvers: list[Approvers] = []


def offer_rates(rates: Rates) -> None:
    """Let a room say how many of the second currency one of the first is on a day; saying it twice changes nothing."""
    if rates not in _rates:
        _rates.append(rates)


def offer_approvers(approvers: Approvers) -> None:
    """Let a room name everybody whose role approves something; saying it twice changes nothing."""
    if approvers not in _approvers:
        _approvers.append(approvers)


def find_rate(currency: str, base: str, day: dt.date) -> Fraction | None:
    """The rate of a day in major units; None when no room knows one, and then nothing can be compared."""
    found = (known(currency, base, day) for known in _rates)
    return next((rate for rate in found if rate is not None), None)


def list_approvers() -> list[Viewer]:
    """Everybody whose role approves something, by name."""
    return sorted((one for known in _approvers for one in known()), key=lambda one: (one.name, one.person_id or 0))
