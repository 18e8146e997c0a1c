"""What is planted in the generated tickets, and the truth about it: three kinds of fraud and a sales lift.

Detectors are judged against this; they are written from other lists, and never read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from portal.demo.dice import dice
from portal.demo.examples import partner_by_code
from portal.demo.generate_people import ANA_SHOP, RIVAL_SHOP, active_shops, sellers_by_shop
from portal.demo.generate_tickets import LIFT_FACTOR, LIFTED_GROUP, is_lifted, reports_its_till, tickets
from portal.demo.lines import Line
from portal.demo.prices import category_by_sku, list_price

CASES = 3  # of each kind
BURST_TICKETS, HOARD_UNITS = 9, 48
JERSEYS = "Clothing / Jerseys"  # no program pays sellers for them, so nothing planted moves a balance


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted case: its kind, the shop, the seller, the lines that make it, and a sentence."""

    kind: str
    partner: str
    seller: str
    external_ids: tuple[str, ...]
    sentence: str


def _ticket(shop: str, seller: str, sku: str, quantity: int, day: date, number: str) -> Line:
    amount, currency = quantity * list_price(sku, day), partner_by_code()[shop]["currency"]
    invoice = f"{shop[-4:]}-{number}"
    return Line(
        f"{shop}-{invoice}",
        shop,
        sku,
        quantity,
        amount,
        currency,
        day,
        day,
        "pos",
        "sell_out",
        invoice_no=invoice,
        seller=seller,
    )


def _burst(shop: str, seller: str, sku: str, day: date) -> Iterator[Line]:
    for number in range(BURST_TICKETS):
        yield _ticket(shop, seller, sku, 4, day, f"B{number:02d}")


def _hoard(shop: str, seller: str, sku: str, day: date) -> Iterator[Line]:
    for number in range(HOARD_UNITS // 12):
        yield _ticket(shop, seller, sku, 12, day + timedelta(number), f"M{number:02d}")


def _round_trip(shop: str, seller: str, sku: str, day: date) -> Iterator[Line]:
    for number in range(4):
        sale = _ticket(shop, seller, sku, 3, day + timedelta(number), f"R{number:02d}")
        yield sale
        yield replace(
            sale, external_id=f"{sale.external_id}-R", quantity=-sale.quantity, amount=-sale.amount,
            returns=sale.external_id, sold_on=sale.sold_on + timedelta(1), recorded_on=sale.recorded_on + timedelta(1),
        )  # fmt: skip


KINDS = {
    "burst": (_burst, "Nine tickets of four pieces by one seller on one day."),
    "more_than_bought": (_hoard, "48 pieces sold in four days of a jersey the shop never bought in such numbers."),
    "round_trip": (_round_trip, "Four sales, each taken back the day after."),
}


@cache
def _planted() -> tuple[tuple[Truth, tuple[Line, ...]], ...]:
    chance = dice("fraud")
    shops = [shop for shop in active_shops() if reports_its_till(shop) and shop not in (ANA_SHOP, RIVAL_SHOP)]
    skus = sorted(sku for sku, category in category_by_sku().items() if category == JERSEYS)
    chosen = iter(chance.sample(shops, CASES * len(KINDS)))
    cases = []
    for kind, (make, sentence) in KINDS.items():
        for _ in range(CASES):
            shop = next(chosen)
            seller = chance.choice(sellers_by_shop()[shop]).email
            day = date(2013, chance.randint(4, 6), chance.randint(2, 20))
            lines = tuple(make(shop, seller, chance.choice(skus), day))
            cases.append((Truth(kind, shop, seller, tuple(line.external_id for line in lines), sentence), lines))
    return tuple(cases)


def planted_lines() -> list[Line]:
    """The planted tickets in the data calendar, all in the last closed quarter."""
    return [line for _, lines in _planted() for line in lines]


def truth() -> list[Truth]:
    """Every planted case; of the lift, one for each shop whose tickets were lifted."""
    sentence = (
        f"From the current quarter on it sells {LIFT_FACTOR:g} times as many of {LIFTED_GROUP} from each purchase."
    )
    shops = sorted({line.partner for line in tickets() if is_lifted(line.partner)})
    return [case for case, _ in _planted()] + [Truth("lift", shop, "", (), sentence) for shop in shops]
