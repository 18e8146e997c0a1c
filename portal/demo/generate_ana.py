"""What Ana Ruiz and her colleagues sold of racks and packs: told line by line, because the walk promises her balance.

28 pieces x 35 stars = 980 in the two closed quarters of `racks-and-packs`;
22 sprint helmets x 40 = 880; together 1,860.
"""

from datetime import date

from portal.demo.generate_people import ANA, ANA_SHOP, sellers_by_shop
from portal.demo.lines import Line
from portal.demo.prices import list_price

RACK, PACK = "RA-H123", "HY-1023-70"
ANA_PIECES = (
    (date(2013, 1, 9), PACK, 3),
    (date(2013, 1, 22), RACK, 2),
    (date(2013, 2, 6), PACK, 3),
    (date(2013, 2, 19), RACK, 2),
    (date(2013, 3, 5), PACK, 2),
    (date(2013, 4, 3), RACK, 3),
    (date(2013, 4, 16), PACK, 2),
    (date(2013, 4, 27), RACK, 2),
    (date(2013, 5, 8), RACK, 3),
    (date(2013, 5, 18), PACK, 3),
    (date(2013, 6, 5), RACK, 2),
    (date(2013, 6, 12), PACK, 1),
)
COLLEAGUES_PIECES = (
    (date(2013, 1, 15), PACK, 2),
    (date(2013, 2, 12), RACK, 1),
    (date(2013, 4, 20), RACK, 1),
    (date(2013, 5, 22), PACK, 1),
)
DISCOUNT_PERCENT = 4


def _ticket(day: date, sku: str, quantity: int, seller: str) -> Line:
    price = list_price(sku, day) * (100 - DISCOUNT_PERCENT) // 100
    return Line("", ANA_SHOP, sku, quantity, quantity * price, "USD", day, day, "pos", "sell_out", seller=seller)


def rack_and_pack_tickets() -> list[Line]:
    """The shop's tickets of racks and packs in the data calendar, still without numbers."""
    colleague = sellers_by_shop()[ANA_SHOP][1].email
    own = [_ticket(*piece, ANA) for piece in ANA_PIECES]
    return own + [_ticket(*piece, colleague) for piece in COLLEAGUES_PIECES]
