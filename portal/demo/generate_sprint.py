"""Generated helmet tickets of the sprint: around `today`, and in the walk's order in the Northwest."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from portal.demo.dice import dice
from portal.demo.examples import partner_by_code
from portal.demo.generate_people import ANA, ANA_SHOP, RIVAL_SHOP, sellers_by_shop, shops_that_allow
from portal.demo.generate_tickets import SPRINT_SKUS
from portal.demo.lines import Line
from portal.demo.prices import list_price

DAYS_BEFORE, DAYS_AHEAD = 28, 14  # the window of helmet-sprint.yaml: [today - 28, today + 14)
FIRST_SHOP, THIRD_SHOP = "AW00000605", "AW00000433"
ANA_TICKETS = (
    (26, "HL-U509", 3, "FB-0981"), (24, "HL-U509-R", 2, "FB-0987"), (21, "HL-U509-B", 3, "FB-0994"),
    (19, "HL-U509", 1, "FB-1001"), (17, "HL-U509-R", 4, "FB-1006"), (13, "HL-U509", 2, "FB-1015"),
    (10, "HL-U509-B", 2, "FB-1022"), (8, "HL-U509", 3, "FB-1027"), (5, "HL-U509-R", 2, "FB-1034"),
)  # fmt: skip
LEADERS = ((FIRST_SHOP, 0, 38), (RIVAL_SHOP, 0, 31), (THIRD_SHOP, 0, 25))  # shop, its n-th seller, helmets
FOLLOWERS = (21, 19, 18, 16, 14, 13, 11, 9, 8, 6, 5, 4, 3, 2)  # everybody else in the Northwest stays behind Ana's 22
TAKING_PART = 0.4  # of the allowing shops elsewhere


def _line(shop: str, seller: str, sku: str, quantity: int, sold_on: date, invoice: str) -> Line:
    return Line(
        f"{shop}-{invoice}", shop, sku, quantity, quantity * list_price(sku), partner_by_code()[shop]["currency"],
        sold_on, sold_on, "pos", "sell_out", invoice_no=invoice, seller=seller,
    )  # fmt: skip


def _sold(shop: str, place: int, helmets: int, today: date, last_day: int) -> Iterator[Line]:
    """One seller's tickets, together exactly that many helmets, none later than `last_day` days from today."""
    chance: Random = dice("sprint", shop, place)
    seller = sellers_by_shop()[shop][place].email
    number = 0
    while helmets > 0:
        quantity = min(helmets, chance.randint(1, 4))
        helmets -= quantity
        number += 1
        day = today + timedelta(chance.randint(1 - DAYS_BEFORE, last_day))
        invoice = f"{shop[-4:]}-H{place}{number:02d}"
        yield _line(shop, seller, chance.choice(SPRINT_SKUS), quantity, day, invoice)


def northwest_counts() -> list[tuple[str, int, int]]:
    """Shop, place of its seller and helmets of everybody in the Northwest but Ana, best first."""
    taken = {FIRST_SHOP, RIVAL_SHOP, THIRD_SHOP, ANA_SHOP}
    others = [shop for shop in shops_that_allow(["Northwest"]) if shop not in taken]
    followers = [(shop, 0, count) for shop, count in zip(others, FOLLOWERS, strict=False)]
    return [*LEADERS, (FIRST_SHOP, 1, 12), (RIVAL_SHOP, 1, 9), (ANA_SHOP, 1, 7), *followers]


def sprint_tickets(today: date) -> list[Line]:
    """All helmet tickets: the Northwest's up to yesterday, the others' over the whole window."""
    lines = [_line(ANA_SHOP, ANA, sku, n, today - timedelta(ago), invoice) for ago, sku, n, invoice in ANA_TICKETS]
    for shop, place, helmets in northwest_counts():
        lines.extend(_sold(shop, place, helmets, today, -1))
    elsewhere = sorted({row["territory"] for row in partner_by_code().values()} - {"Northwest"})
    for shop in shops_that_allow(elsewhere):
        chance = dice("sprint", shop)
        if chance.random() < TAKING_PART:
            for place in range(chance.randint(1, 2)):
                lines.extend(_sold(shop, place, chance.randint(2, 34), today, DAYS_AHEAD - 1))
    return lines
