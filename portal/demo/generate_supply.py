"""Generated supply: ten distributors, whom they supply, what they sold on, and one branch for the walk's shop owner."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from portal.demo.calendar import SAFE_BUSINESS_DAYS, Shift, add_months, business_day
from portal.demo.dice import dice
from portal.demo.examples import partner_by_code
from portal.demo.generate_people import ANA_SHOP, active_shops
from portal.demo.lines import Line
from portal.demo.prices import category_by_sku, list_price

SUPPLIED_SINCE = date(2012, 10, 1)
SUPPLIED, SKUS_SUPPLIED = 0.5, ("Accessories", "Clothing")
DEALER_PERCENT = 62  # of the list price
FIRST_MONTH, MONTHS = date(2013, 1, 1), 12
DISTRIBUTORS = (
    ("DI00000001", "Cascade Cycle Supply", ("Northwest",), "US", "USD"),
    ("DI00000002", "Pacific Parts Wholesale", ("Northwest", "Southwest"), "US", "USD"),
    ("DI00000003", "Heartland Bicycle Trade", ("Central",), "US", "USD"),
    ("DI00000004", "Atlantic Wheel & Parts", ("Northeast", "Southeast"), "US", "USD"),
    ("DI00000005", "Sunbelt Cycle Distribution", ("Southeast", "Southwest", "Central"), "US", "USD"),
    ("DI00000006", "Maple Leaf Cycle Supply", ("Canada",), "CA", "CAD"),
    ("DI00000007", "Albion Cycle Wholesale", ("United Kingdom",), "GB", "GBP"),
    ("DI00000008", "Rhein-Main Fahrradhandel", ("Germany",), "DE", "EUR"),
    ("DI00000009", "Distribution Cycles du Sud", ("France", "Germany"), "FR", "EUR"),
    ("DI00000010", "Southern Cross Cycle Trade", ("Australia",), "AU", "AUD"),
)
BRANCHES = (("AW00000620", ANA_SHOP),)  # a shop that never bought, so no figure of the walk moves


@dataclass(frozen=True, slots=True)
class Supply:
    """A distributor supplies a shop, without owning it, since a day."""

    distributor: str
    partner: str
    valid_from: date


def distributor_rows() -> list[dict[str, str]]:
    """The ten generated distributors, columns as in partners.csv, in their first territory."""
    return [
        {"code": code, "name": name, "type": "distributor", "parent": "", "territory": territories[0],
         "segment": "Distributor", "tier": "", "country": country, "currency": currency,
         "email": f"{code.lower()}@distributors.example"}
        for code, name, territories, country, currency in DISTRIBUTORS
    ]  # fmt: skip


@cache
def _supplied() -> tuple[tuple[str, str], ...]:
    places = partner_by_code()
    return tuple(
        (code, shop)
        for code, _, territories, _, _ in DISTRIBUTORS
        for shop in active_shops()
        if places[shop]["territory"] in territories and dice("supply", code, shop).random() < SUPPLIED
    )


def supplies(shift: Shift) -> list[Supply]:
    """Who supplies whom; a shop may have two distributors or none."""
    return [Supply(code, shop, shift.boundary(SUPPLIED_SINCE)) for code, shop in _supplied()]


def branch_rows() -> list[tuple[str, str]]:
    """Ownership: (branch, parent) codes; both are published resellers."""
    return list(BRANCHES)


@cache
def supplied_lines() -> tuple[Line, ...]:
    """What the distributors sold to the shops (flow sell_through), in the data calendar from 2013-01 to 2013-12."""
    skus = sorted(sku for sku, category in category_by_sku().items() if category.split(" / ")[0] in SKUS_SUPPLIED)
    lines = []
    for code, shop in _supplied():
        chance = dice("sell-through", code, shop)
        for number in range(1, chance.randint(2, 7)):
            month = add_months(FIRST_MONTH, chance.randrange(MONTHS))
            day = business_day(month.year, month.month, chance.randint(1, SAFE_BUSINESS_DAYS))
            sku, quantity = chance.choice(skus), chance.randint(2, 12)
            invoice = f"{code[-2:]}{shop[-4:]}-{number}"
            amount = quantity * (list_price(sku, day) * DEALER_PERCENT // 100)
            lines.append(
                Line(f"{code}-{invoice}", shop, sku, quantity, amount, partner_by_code()[shop]["currency"], day, day,
                     "distributor", "sell_through", invoice_no=invoice, distributor=code)
            )  # fmt: skip
    return tuple(lines)
