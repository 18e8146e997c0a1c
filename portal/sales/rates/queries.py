"""Reading exchange rates."""

from __future__ import annotations

from sqlalchemy import Select, select

from portal.sales.rates.models import FxRate


def select_rates() -> Select[FxRate]:
    """All rates, newest day first; rates are no secret of anybody."""
    return select(FxRate).order_by(FxRate.valid_from.desc(), FxRate.currency, FxRate.base, FxRate.seq.desc())
