"""How an exchange rate is written down: an integer of ten decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, localcontext

from portal.core.errors import InvalidInput
from portal.core.money import parse_plain
from portal.sales.rates.models import RATE_DECIMALS

MAX_RATE = 10**18


def parse_rate(text: str) -> tuple[int, bool]:
    """A rate times 10^10, and whether decimals beyond the tenth were rounded away."""
    value = parse_plain(text)
    if value <= 0:
        raise InvalidInput(f"A rate must be above zero, not {text}.", field="rate")
    with localcontext() as context:
        context.prec = 60
        scaled = value.scaleb(RATE_DECIMALS)
        rounded = scaled.to_integral_value(rounding=ROUND_HALF_UP)
    if not 0 < rounded < MAX_RATE:
        raise InvalidInput(f"The rate {text} is too small or too large to be one.", field="rate")
    return int(rounded), rounded != scaled
