"""A shop's half-year: two money plans and a sprint, one locked quarter, one open, told on a frozen clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core import clock
from portal.core.db import transaction
from portal.partners.organizations.models import Partner
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.services import publish_version
from portal.programs.runs.jobs import close_periods, run_full
from portal.sales.journal.models import SaleLine
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.sales.products.models import Product
from portal.sales.products.services import add_product
from tests.people import Cast, add_cast, viewer_of

BEFORE, SEPTEMBER, OCTOBER = "2026-08-20T09:00", "2026-09-20T09:00", "2026-10-01T06:00"
AUTUMN, RETURNED, TODAY = "2026-10-12T09:00", "2026-11-06T09:00", "2026-11-16T09:00"
Q3, Q4, SPRINT = dt.date(2026, 7, 1), dt.date(2026, 10, 1), dt.date(2026, 10, 19)
VOLUME, GROWTH, HELMETS = "accessories-clothing-volume", "parts-growth", "helmet-sprint"
CATALOG = {
    "RA-H123": ("Hitch Rack - 4-Bike", "Accessories / Bike Racks"),
    "LJ-0192": ("Long-Sleeve Logo Jersey, L", "Clothing / Jerseys"),
    "HL-U509": ("Sport-100 Helmet, Black", "Accessories / Helmets"),
    "HL-U509-R": ("Sport-100 Helmet, Red", "Accessories / Helmets"),
    "WB-H098": ("Water Bottle - 30 oz.", "Accessories / Bottles and Cages"),
    "PD-R347": ("LL Road Pedal", "Components / Pedals"),
    "BK-R19B": ("Road-750 Black", "Bikes / Road Bikes"),
}
ELIGIBILITY = "eligibility: {partner_types: [reseller], territories: [Northwest]}"


def volume_plan(scope: str = "marginal", since: str = "2026-01-01") -> str:
    """The volume rebate of the walk."""
    return f"""
code: {VOLUME}
name: Accessories and clothing volume rebate
kind: rebate
effective: {{from: {since}, until: null}}
period: quarter
pay: {{in: USD}}
{ELIGIBILITY}
qualify: {{categories: [Accessories, Clothing], flow: sell_in}}
budget: {{amount: 60000, when_reached: warn}}
hold_days: 30
components:
  - code: volume
    method: tiered
    scope: {scope}
    bands:
      - {{from: 0, percent: 1}}
      - {{from: 500, percent: 2.5}}
      - {{from: 1800, percent: 4}}
      - {{from: 4500, percent: 5}}
"""


GROWTH_PLAN = f"""
code: {GROWTH}
name: Parts growth bonus
kind: growth
effective: {{from: 2026-01-01, until: null}}
period: quarter
pay: {{in: USD}}
{ELIGIBILITY}
qualify: {{categories: [Components, Clothing, Accessories], flow: sell_in}}
hold_days: 30
components:
  - code: growth
    method: growth
    scope: excess
    baseline: {{of: prior_year, min: 1000, newcomer: none}}
    bands: [{{from: 110, percent: 2}}, {{from: 115, percent: 3}}, {{from: 120, percent: 4}}]
"""
SPRINT_PLAN = f"""
code: {HELMETS}
name: Helmet sprint
kind: spif
effective: {{from: 2026-10-19, until: 2026-11-30}}
period: campaign
pay: {{in: points}}
participant: seller
qualify: {{skus: [HL-U509, HL-U509-R], flow: sell_out}}
components:
  - {{code: helmets, method: per_unit, amount: 40}}
"""


@dataclass
class Channel:
    """The cast, the catalog, and ways to let facts arrive at a time."""

    cast: Cast
    products: dict[str, Product]

    def arrive(self, at: str, *lines: NewLine, source: str = "erp") -> list[SaleLine]:
        """Lines are recorded at a time and every earning is calculated at once."""
        with clock.frozen(at):
            with transaction():
                batch = open_batch(source, "import")
                added = add_lines(batch, lines)
                confirm_batch(batch)
                numbers = [line.id for line in added]
            run_full()
        return [SaleLine(id=number) for number in numbers]

    def line(
        self, number: str, sku: str, day: str, amount: int, partner: Partner | None = None, **more: object
    ) -> NewLine:
        """One line of the shop's; amount in cents, order number before the last hyphen."""
        values = {"quantity": 1, "invoice_no": number.rpartition("-")[0], "currency": "USD"} | more
        return NewLine(
            external_id=number, partner_id=(partner or self.cast.shop).id, product_id=self.products[sku].id,
            amount=amount, sold_on=dt.date.fromisoformat(day), **values,  # type: ignore[arg-type]
        )  # fmt: skip

    def sold_out(self, at: str, *sold: tuple[str, str, int], seller: int | None = None) -> None:
        """Tickets of the seller: (number, SKU, units), sold on the day they were recorded."""
        who = seller or self.cast.seller.id
        lines = [
            self.line(number, sku, at[:10], 3499 * units, quantity=units, flow="sell_out", seller_id=who)
            for number, sku, units in sold
        ]
        self.arrive(at, *lines, source="till")


def open_channel() -> Channel:
    """The cast, the catalog and three published programs; no sale yet."""
    with clock.frozen("2026-01-02T09:00"):
        cast = add_cast()
        with transaction():
            products = {sku: add_product(sku, *names) for sku, names in CATALOG.items()}
            by, approver = viewer_of(cast.channel_manager), viewer_of(cast.second_manager)
            for text in (volume_plan(), GROWTH_PLAN, SPRINT_PLAN):
                publish_version(text, by=by, approved_by=approver)
            answer_spifs(cast.shop, "allowed", valid_from=dt.date(2026, 1, 2))
    return Channel(cast, products)


def closed_quarter() -> Channel:
    """The walk's shop: a locked third quarter (46.37 and 67.12) and 4,045.00 in the open one."""
    channel = open_channel()
    line = channel.line
    channel.arrive(
        BEFORE,
        line("SO50000-1", "PD-R347", "2025-08-14", 331_890),
        line("SO61195-1", "BK-R19B", "2026-08-14", 64_799),
        line("SO61195-2", "LJ-0192", "2026-08-14", 180_577, quantity=20),
        line("SO61195-19", "RA-H123", "2026-08-14", 21_600, quantity=3),
        line("SO61195-3", "PD-R347", "2026-08-14", 297_501, quantity=40),
        line("SO70000-1", "LJ-0192", "2026-08-15", 541_796, channel.cast.rival_shop, quantity=60),
    )
    with clock.frozen(OCTOBER):
        close_periods()
    channel.arrive(AUTUMN, line("SO67294-1", "LJ-0192", "2026-10-05", 404_500, quantity=45))
    return channel


def racks_come_back(channel: Channel) -> None:
    """Three hitch racks of SO61195 come back after the quarter was locked."""
    with transaction():
        from sqlalchemy import select

        from portal.core.db import session

        sold = session.scalar(select(SaleLine.id).where(SaleLine.external_id == "SO61195-19"))
    back = channel.line(
        "SO61195-19-R1", "RA-H123", "2026-11-06", -21_600, quantity=-3, invoice_no="SO61195",
        returns_line_id=sold, origin_on=dt.date(2026, 8, 14),
    )  # fmt: skip
    channel.arrive(RETURNED, back)
