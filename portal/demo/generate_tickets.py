"""Generated sell-out: tickets of 1-4 units after each purchase, serials for bikes, linked returns, lines recorded late.

Everything happens in the data calendar on days 1 to 28 of a month, so that moving by quarters keeps order and month.
Returns and late records stay in the quarter of their sale: a figure of a closed quarter must not depend on today.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from random import Random

import polars as pl

from portal.demo.calendar import SAFE_TICKET_DAYS, business_day_number, latest_day_of_business_day, quarter_start
from portal.demo.dice import dice
from portal.demo.examples import partner_by_code, published_lines
from portal.demo.generate_ana import rack_and_pack_tickets
from portal.demo.generate_people import ANA_SHOP, FIRST_NAMES, LAST_NAMES, RIVAL_SHOP, active_shops, sellers_by_shop
from portal.demo.lines import Line
from portal.demo.prices import category_by_sku, list_price

SPRINT_SKUS = ("HL-U509", "HL-U509-R", "HL-U509-B")  # never in these tickets: the sprint is generated around today
SPIF_GROUPS = ("Accessories / Bike Racks", "Accessories / Hydration Packs")
FIRST_DAY, LAST_DAY = date(2013, 1, 1), date(2013, 12, 28)
REPORTING = 0.22  # the part of the shops that reports its till
LAST_GAP = 60  # in days of a 28-day month: never more than 75 real days
RETURNED, LATE = 0.02, 0.03
LIFTED_GROUP, LIFT_FROM, LIFT_FACTOR = "Clothing / Vests", date(2013, 7, 1), 1.5


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a shop bought of one SKU on one day."""

    shop: str
    sku: str
    quantity: int
    bought_on: date
    currency: str


def position(day: date) -> int:
    """The place of a day in a calendar whose months all have 28 days."""
    return (day.year * 12 + day.month - 1) * SAFE_TICKET_DAYS + min(day.day, SAFE_TICKET_DAYS) - 1


def day_at(place: int) -> date:
    """The day at that place: the inverse of `position` for days 1 to 28."""
    month, day = divmod(place, SAFE_TICKET_DAYS)
    return date(month // 12, month % 12 + 1, day + 1)


def reports_its_till(shop: str) -> bool:
    """Whether the shop sends its till; the shops of the cast do."""
    return shop in (ANA_SHOP, RIVAL_SHOP) or dice("reports", shop).random() < REPORTING


def is_lifted(shop: str) -> bool:
    """Planted truth: half of the reporting shops of two territories sell half as many vests again."""
    return partner_by_code()[shop]["territory"] in ("Central", "Southwest") and dice("lift", shop).random() < 0.5


@cache
def purchases() -> tuple[Purchase, ...]:
    """What the reporting shops bought from data December 2012 on, without the sprint's helmets and without frames."""
    shops = [shop for shop in active_shops() if reports_its_till(shop)]
    rows = published_lines().filter(
        pl.col("sold_on") >= date(2012, 12, 1), pl.col("partner").is_in(shops), ~pl.col("sku").is_in(SPRINT_SKUS)
    )
    wanted = rows.select("partner", "sku", "quantity", "sold_on", "currency").iter_rows()
    return tuple(Purchase(*row) for row in wanted if not category_by_sku()[row[1]].endswith("Frames"))


def _skipped(purchase: Purchase) -> bool:
    return purchase.shop == ANA_SHOP and category_by_sku()[purchase.sku] in SPIF_GROUPS  # told line by line elsewhere


def _units(purchase: Purchase, chance: Random) -> int:
    part = round(purchase.quantity * chance.uniform(0.5, 0.75))
    lifted = category_by_sku()[purchase.sku] == LIFTED_GROUP and is_lifted(purchase.shop)
    if lifted and purchase.bought_on >= LIFT_FROM:
        return min(purchase.quantity, round(part * LIFT_FACTOR))
    return part


def _tickets_of(purchase: Purchase) -> Iterator[Line]:
    chance = dice("tickets", purchase.shop, purchase.sku, purchase.bought_on)
    bike = category_by_sku()[purchase.sku].startswith("Bikes")
    earliest = position(
        purchase.bought_on.replace(day=latest_day_of_business_day(business_day_number(purchase.bought_on)))
    )
    left = _units(purchase, chance)
    while left > 0:
        quantity = 1 if bike else min(left, chance.randint(1, 4))
        left -= quantity
        sold_on = day_at(earliest + chance.randint(1, LAST_GAP))
        price = list_price(purchase.sku, sold_on) * (1000 - chance.randint(0, 100)) // 1000
        seller = chance.choice(sellers_by_shop()[purchase.shop])
        yield Line(
            "", purchase.shop, purchase.sku, quantity, quantity * price, purchase.currency, sold_on,
            _recorded_on(sold_on, chance), "pos", "sell_out", seller=seller.email,
            end_customer=f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}" if bike else "",
            serial_no=f"SN{chance.randrange(10**8):08d}" if bike else "",
        )  # fmt: skip


def _recorded_on(sold_on: date, chance: Random) -> date:
    if chance.random() >= LATE * 1.4:  # some draws are given up below
        return sold_on
    late = day_at(position(sold_on) + chance.randint(6, 36))
    return late if quarter_start(late) == quarter_start(sold_on) else sold_on


def _numbered(shop: str, lines: list[Line]) -> list[Line]:
    """Ticket numbers in the order of the days, as a till would count them."""
    ordered = sorted(lines, key=lambda line: (line.sold_on, line.sku, line.seller, line.quantity, line.amount))
    prefix, before = ("FB", 500) if shop == ANA_SHOP else (shop[-4:], 0)
    numbers = [f"{prefix}-{n:04d}" for n in range(before + 1, before + len(ordered) + 1)]
    return [
        replace(line, invoice_no=number, external_id=f"{shop}-{number}")
        for line, number in zip(ordered, numbers, strict=True)
    ]


def _return_of(line: Line) -> Line | None:
    chance = dice("return", line.external_id)
    if chance.random() >= RETURNED * 1.3 or line.recorded_on != line.sold_on:
        return None
    day = day_at(position(line.sold_on) + chance.randint(1, 20))
    if quarter_start(day) != quarter_start(line.sold_on):
        return None
    return replace(
        line, external_id=f"{line.external_id}-R", quantity=-line.quantity, amount=-line.amount, sold_on=day,
        recorded_on=day, returns=line.external_id,
    )  # fmt: skip


@cache
def tickets() -> tuple[Line, ...]:
    """All ordinary tickets and their returns in the data calendar, in order of shop and number."""
    by_shop: dict[str, list[Line]] = {ANA_SHOP: rack_and_pack_tickets()}
    for purchase in purchases():
        if not _skipped(purchase):
            made = [line for line in _tickets_of(purchase) if FIRST_DAY <= line.sold_on <= LAST_DAY]
            by_shop.setdefault(purchase.shop, []).extend(made)
    sales = [line for shop in sorted(by_shop) for line in _numbered(shop, by_shop[shop])]
    returns = [back for line in sales if (back := _return_of(line)) is not None and line.partner != ANA_SHOP]
    return (*sales, *returns)
