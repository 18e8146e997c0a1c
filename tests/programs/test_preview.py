"""What a claim's lines would pay is what is then posted: under budgets, choices among programs, shared caps, splits."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.money import POINTS
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.programs.runs.jobs import run_full
from portal.programs.runs.preview import COUNTS_ONLY, IN_NO_PROGRAM
from portal.programs.runs.services import preview_lines, run_for
from portal.programs.runs.values import LinePreview, PreviewLine
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish, sell

pytestmark = pytest.mark.one_database
Db = scoped_session[Session]
DAY = dt.date(2026, 8, 10)


def spif(code: str, component: str, *keys: str) -> str:
    """A plan that pays sellers points in 2026."""
    return "\n".join([
        f"code: {code}", f"name: {code}", "kind: spif", "effective: {from: 2026-01-01, until: 2027-01-01}",
        "period: campaign", "pay: {in: points}", "participant: seller", "qualify: {categories: [Accessories]}", *keys,
        f"components: [{{code: c, {component}}}]",
    ])  # fmt: skip


EACH = "method: per_unit, amount: 10"
SCARCE = "budget: {amount: 55, when_reached: stop}"


def helper(channel: Channel) -> Person:
    """Another seller of the shop, who has sold two helmets before."""
    with transaction():
        bob = add_person("bob@shop.example", "Bob Lane", "seller", channel.shop)
    sell(channel, "HL-1", 2, 7_000, "2026-08-01", flow="sell_out", seller=bob)
    return bob


def asked(channel: Channel, *lines: tuple[str, int], invoice: str | None = "N-1") -> list[PreviewLine]:
    return [
        PreviewLine(channel.products[sku].id, count, 3_500 * count, "USD", invoice, "A customer")
        for sku, count in lines
    ]


def promised(channel: Channel, lines: list[PreviewLine]) -> list[LinePreview]:
    return preview_lines(seller_id=channel.seller.id, partner_id=channel.shop.id, sold_on=DAY, lines=lines)


def posted(channel: Channel, lines: list[PreviewLine]) -> int:
    """The points that the seller is posted when these lines are written as a claim's are."""
    new = [
        NewLine(
            f"C-1-{number}", channel.shop.id, line.product_id, line.quantity, line.amount, line.currency, DAY,
            flow="sell_out", seller_id=channel.seller.id, invoice_no=line.invoice_no, end_customer=line.end_customer,
        )
        for number, line in enumerate(lines)
    ]  # fmt: skip
    with transaction():
        batch = open_batch("claim", "claim")
        add_lines(batch, new)
        confirm_batch(batch)
        found = run_for(partner_ids={channel.shop.id}, seller_ids={channel.seller.id}, reason="claim", by=SYSTEM)
    mine = [one for one in found if (one.participant_kind, one.participant_id) == ("person", channel.seller.id)]
    return sum(one.amount for one in mine if one.unit == POINTS)


@pytest.mark.parametrize(
    ("plans", "points"),
    [
        ([spif("scarce", EACH, SCARCE)], [30 + 120, 5 + 40]),
        ([spif("scarce", EACH, SCARCE, "stack: {group: g, policy: best}"),
          spif("other", "method: per_unit, amount: 9", "stack: {group: g, policy: best}")], [30 + 120, 5 + 40]),
        ([spif("a", EACH, "stack: {group: g, policy: best}"),
          spif("b", "method: per_unit, amount: 25", "stack: {group: g, policy: best}")], [75 + 120, 25 + 40]),
        ([spif("together", EACH, "caps: {program: 40}")], [24 + 120, 3 + 40]),
        ([spif("split", EACH, "credit: {split: [{to: seller, percent: 50}, {to: partner, percent: 50}]}")],
         [15 + 120, 5 + 40]),
        ([spif("tickets", "method: per_unit, measure: invoices, amount: 7", "caps: {per_line: 5}")], [5 + 120, 40]),
        ([spif("first", "method: rank, measure: units, prizes: {1: 500}")], [120, 40]),
    ],
)  # fmt: skip
def test_what_is_promised_is_posted(db: Db, plans: list[str], points: list[int]) -> None:
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        for plan in plans:
            publish(channel, plan)
        helper(channel)
        run_full()
        lines = asked(channel, ("HL-1", 3), ("HL-2", 1))
        if "scarce" in plans[0]:
            lines[1] = asked(channel, ("HL-2", 2))[0]
            points = [points[0], points[1] + 40]
        found = promised(channel, lines)
        assert [line.points for line in found] == points
        assert posted(channel, lines) == sum(points)


def test_a_line_that_counts_but_pays_nothing_more_says_so(db: Db) -> None:
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        publish(channel, spif("bottles", EACH, "budget: {amount: 10, when_reached: stop}"))
        lines = asked(channel, ("WB-1", 1), ("WB-1", 4), ("BK-1", 1))
        assert [(line.points, line.reason) for line in promised(channel, lines)] == [
            (10, None),
            (0, COUNTS_ONLY),
            (0, IN_NO_PROGRAM),
        ]


def test_a_sale_the_journal_has_is_credited_not_doubled(db: Db) -> None:
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        publish(channel, spif("scarce", EACH, SCARCE))
        known = sell(channel, "WB-1", 4, 2_000, "2026-08-09", flow="sell_out")
        line = PreviewLine(channel.products["WB-1"].id, 4, 2_000, "USD", "INV-1", credits=known)
        assert [one.points for one in promised(channel, [line])] == [40]
