"""Adding exchange rates."""

from __future__ import annotations

import datetime as dt

from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.money import known_currency
from portal.core.sequence import next_seq
from portal.sales.rates.models import FxRate


def add_rate(currency: str, base: str, valid_from: dt.date, rate: int, *, seq: int | None = None) -> FxRate:
    """One unit of `currency` is `rate` / 10^10 units of `base` from a day on."""
    for code in (currency, base):
        if not known_currency(code):
            raise InvalidInput(f"“{code}” is no currency code.", field="currency")
    if currency == base:
        raise InvalidInput(f"A rate from {base} to itself says nothing.", field="base")
    row = FxRate(
        currency=currency, base=base, valid_from=valid_from, rate=rate,
        seq=next_seq() if seq is None else seq, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
