"""A generated channel for measuring whole runs: 20,000 partners, 500 products, two years of lines, twenty plans."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session, transaction
from portal.engine.periods import Program, Version
from portal.engine.plan import parse_plan
from portal.partners.access.queries import make_viewer
from portal.partners.people.services import add_person
from portal.programs.definitions.services import publish_version
from portal.sales.imports.posting import insert_rows
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import confirm_batch, open_batch
from tests.bench.calculation_world import write
from tests.people import PASSWORD, cheap_passwords

TODAY = dt.date(2026, 8, 15)
PARTNERS, PRODUCTS, DAYS = 20_000, 500, 730
CATEGORIES = tuple(f"Category {number}" for number in range(10))
BANDS = ((0, 100), (50_000, 250), (180_000, 400), (450_000, 500))  # from, in cents; rate in basis points
GROWTHS = ((110, 200), (115, 300), (120, 400))  # percent reached; rate in basis points of what exceeds
LEAST = 10_000  # cents a year before, without which growth is not measured
TIERED_FROM, GROWTH_FROM = dt.date(2025, 10, 1), dt.date(2026, 4, 1)
SPIFS = tuple(
    (20 + 4 * n, dt.date(2026, 1 + n % 6, 1), dt.date(2026, 4 + n % 6, 1)) for n in range(8)
)  # products, days
BLOCK = 1_000_000


def category_of(product: int) -> str:
    """What a product is."""
    return CATEGORIES[product % len(CATEGORIES)]


def skus_of(spif: int) -> list[int]:
    """The products of a SPIF."""
    return list(range(1 + spif * 50, 1 + spif * 50 + SPIFS[spif][0]))


def plan_texts() -> list[str]:
    """Eight marginal tier rebates, eight SPIFs paid for each unit, four growth bonuses."""
    bands = ", ".join(f"{{from: {start // 100}, percent: {rate / 100:g}}}" for start, rate in BANDS)
    growths = ", ".join(f"{{from: {reached}, percent: {rate / 100:g}}}" for reached, rate in GROWTHS)
    tiered = [
        f"code: tiered-{n}\nname: Tiered {n}\nkind: rebate\neffective: {{from: {TIERED_FROM}}}\nperiod: quarter\n"
        f"grace_days: 0\npay: {{in: USD}}\nparticipant: partner\n"
        f"qualify: {{categories: [{CATEGORIES[n]}], flow: sell_in}}\nhold_days: 30\n"
        f"components:\n  - {{code: volume, method: tiered, measure: revenue, scope: marginal, bands: [{bands}]}}\n"
        for n in range(8)
    ]
    spifs = [
        f"code: spif-{n}\nname: SPIF {n}\nkind: spif\neffective: {{from: {begin}, until: {until}}}\nperiod: campaign\n"
        f"grace_days: 0\npay: {{in: points}}\nparticipant: partner\n"
        f"qualify: {{skus: [{', '.join(f'SKU-{sku:04}' for sku in skus_of(n))}], flow: sell_in}}\n"
        f"components:\n  - {{code: units, method: per_unit, amount: {10 + n}}}\n"
        for n, (_, begin, until) in enumerate(SPIFS)
    ]
    growth = [
        f"code: growth-{n}\nname: Growth {n}\nkind: growth\neffective: {{from: {GROWTH_FROM}}}\nperiod: quarter\n"
        f"grace_days: 0\npay: {{in: USD}}\nparticipant: partner\n"
        f"qualify: {{categories: [{CATEGORIES[n]}, {CATEGORIES[n + 4]}], flow: sell_in}}\nhold_days: 30\n"
        f"components:\n  - {{code: growth, method: growth, measure: revenue, scope: excess,\n"
        f"     baseline: {{of: prior_year, min: {LEAST // 100}, newcomer: none}}, bands: [{growths}]}}\n"
        for n in range(4)
    ]
    return [*tiered, *spifs, *growth]


def programs() -> list[Program]:
    """The twenty plans as the engine takes them."""
    plans = [parse_plan(one) for one in plan_texts()]
    return [Program(plan.code, [Version(1, plan, "next_period")]) for plan in plans]


def make_channel(lines: int) -> None:
    """Partners, products, confirmed lines and published plans; nothing is calculated yet."""
    known = clock.now()
    with transaction():
        _partners(known)
        _products(known)
    with transaction():
        batch = open_batch("pos", BatchKind.IMPORT)
        for start in range(0, lines, BLOCK):
            frame = sale_lines(start, min(lines, start + BLOCK), lines)
            insert_rows(session.connection(), frame, batch.id, "pos")
        confirm_batch(batch)
    cheap_passwords()
    with transaction():
        people = [
            add_person(f"{name}@vendor.example", name, "channel_manager", None, PASSWORD) for name in ("Tess", "Sam")
        ]
    with transaction():
        for one in plan_texts():
            publish_version(one, by=make_viewer(people[0]), approved_by=make_viewer(people[1]))


def _partners(at: dt.datetime) -> None:
    numbers = range(1, PARTNERS + 1)
    codes = {n: f"P{n:05}" for n in numbers}
    owners = [{"id": n, "kind": "partner", "code": codes[n], "created_at": at} for n in numbers]
    write("ledger_owner", owners)
    same = {"email": "", "state": "active", "created_at": at, "type": "reseller", "tier": "", "segment": ""}
    same |= {"country": "", "currency": "USD"}
    write("partner", [{"id": n, "code": codes[n], "name": codes[n], "owner_id": n} | same for n in numbers])
    dated = {"valid_from": -700_000, "recorded_at": at, "seq": 1, "type": "reseller", "tier": "", "segment": ""}
    dated |= {"country": "", "reason": "", "territory": ""}
    write("partner_value", [{"id": n, "partner_id": n} | dated for n in numbers])


def _products(at: dt.datetime) -> None:
    same = {"state": "active", "created_at": at, "seq": 1}
    numbers = range(1, PRODUCTS + 1)
    rows = [{"id": n, "sku": f"SKU-{n:04}", "name": f"SKU-{n:04}", "category": category_of(n)} for n in numbers]
    write("product", [row | same for row in rows])


def sale_lines(start: int, end: int, lines: int) -> pl.DataFrame:
    """Lines `start` to `end` of so many, by day; each takes its own chances, so blocks do not hang together."""
    dice = random.Random(start)
    count = end - start
    number = pl.int_range(start + 1, end + 1, dtype=pl.Int64, eager=True)
    days = day_number(TODAY) - DAYS + (number - 1) * DAYS // lines
    most = {"partner_id": PARTNERS, "product_id": PRODUCTS, "quantity": 5, "price": 9_000}
    chances = {name: dice.choices(range(1, highest + 1), k=count) for name, highest in most.items()}
    return pl.DataFrame(chances).select(
        pl.lit("sell_in").alias("flow"), "partner_id", "product_id", "quantity",
        (pl.col("quantity") * (pl.col("price") + 100)).alias("amount"),
        pl.lit("USD").alias("currency"), days.alias("sold_on"), days.alias("origin_on"),
        pl.format("L{}", number.cast(pl.String).str.zfill(9)).alias("external_id"),
    )  # fmt: skip
