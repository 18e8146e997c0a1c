"""Reading exchange rates one at a time, as the engine finds them: direct, reciprocal, or over one common currency."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from sqlalchemy import or_, select

from portal.core.db import session
from portal.sales.rates.models import RATE_DECIMALS, FxRate
from portal.security.limits import knowing


def offer_rates() -> None:
    """Let the limits of approvers know the rates."""
    knowing.offer_rates(find_rate)


def find_rate(currency: str, base: str, day: dt.date) -> Fraction | None:
    """How many `base` one `currency` is on a day, in major units; None when nothing is known."""
    straight = _straight(currency, base, day)
    return straight if straight is not None else _one_hop(currency, base, day)


def _straight(currency: str, base: str, day: dt.date) -> Fraction | None:
    if currency == base:
        return Fraction(1)
    if (direct := _newest(currency, base, day)) is not None:
        return direct
    inverse = _newest(base, currency, day)
    return None if inverse is None else 1 / inverse


def _newest(currency: str, base: str, day: dt.date) -> Fraction | None:
    query = select(FxRate.rate).where(FxRate.currency == currency, FxRate.base == base, FxRate.valid_from <= day)
    rate = session.scalar(query.order_by(FxRate.valid_from.desc(), FxRate.seq.desc(), FxRate.id.desc()).limit(1))
    return None if rate is None else Fraction(rate, 10**RATE_DECIMALS)


def _one_hop(currency: str, base: str, day: dt.date) -> Fraction | None:
    pairs = select(FxRate.currency, FxRate.base).where(or_(FxRate.currency == currency, FxRate.base == currency))
    for common in sorted({name for pair in session.execute(pairs.distinct()) for name in pair}):
        first, second = _straight(currency, common, day), _straight(common, base, day)
        if common not in (currency, base) and first is not None and second is not None:
            return first * second
    return None
