"""New lines change what programs that count their products owe to their partners, and nothing else is looked at."""

import datetime as dt
import random

import polars as pl
import pytest

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import transaction
from portal.engine.moved import Asked
from portal.engine.needs import stretches
from portal.engine.periods import Program
from portal.programs.definitions.queries import engine_programs
from portal.programs.mergers.services import merge_partners
from portal.programs.runs import touched
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts
from portal.programs.runs.jobs import run_full
from portal.programs.runs.services import run_for
from portal.programs.runs.touched import read_moved, read_touched
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish
from tests.programs.two_years import BANDS, GROWTH, KEY, make_facts, plan, sell

TEXTS = (
    plan("bikes", f"method: tiered, scope: marginal, {BANDS}", "qualify: {categories: [Bikes]}"),
    plan("helmets", "method: per_unit, amount: 3", "qualify: {skus: [HL-1, HL-2]}", period="month"),
    plan("growing", f"method: growth, scope: excess, {GROWTH}", "qualify: {categories: [Accessories]}"),
    plan("no-bottles", "method: percent, percent: 3", "qualify: {exclude_skus: [WB-1]}", period="half"),
    plan("by-table", "method: per_unit, amounts: {HL-1: 2, Bikes: 5}"),
    plan("invoices", "method: per_unit, amount: 9, measure: invoices", "qualify: {skus: [WB-1]}", period="month"),
    plan("came-back", "method: percent, percent: 5", "returns: return_period", "qualify: {categories: [Bikes]}"),
    plan("sellers", "method: percent, percent: 2", "participant: seller", "qualify: {skus: [BK-1, WB-1]}"),
    plan("parents", "method: percent, percent: 1", "participant: parent", "qualify: {skus: [HL-2]}"),
    plan("pair", "method: bundle, items: {HL-1: 1, WB-1: 1}, amount: 7"),
)
ORDER = [*KEY, "unit"]


@pytest.fixture
def channel(db, monkeypatch):
    monkeypatch.setattr(touched, "MANY", 1)
    with clock.frozen("2026-08-10T10:00"):
        made = make_channel()
        for text in TEXTS:
            publish(made, text)
        _make_facts_of_all(made)
        yield made


def _make_facts_of_all(channel: Channel) -> None:
    publish(channel, plan("joined", "method: percent, percent: 2", "enrollment: opt_in"))
    make_facts(channel)


def _comes_in(channel: Channel, dice: random.Random, number: int) -> tuple[int, tuple[int, int]]:
    """A batch with one product a shop sold on one day, sometimes of both shops; its id and days."""
    day = dt.date(2025, 1, 1) + dt.timedelta(days=dice.randrange(580))
    shops = dice.choice([[channel.shop], [channel.rival], [channel.shop, channel.rival]])
    lines = [
        NewLine(
            f"N{number}-{shop.id}", shop.id, dice.choice(list(channel.products.values())).id, dice.randrange(1, 4),
            dice.randrange(5_000, 90_000), "USD", sold_on=day, invoice_no=f"N{number}", end_customer="C1",
            flow="sell_in",
        )
        for shop in shops
    ]  # fmt: skip
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, lines)
        confirm_batch(batch)
        return batch.id, (day_number(day), day_number(day) + 1)


def _own() -> list[Program]:
    return [program for program in engine_programs() if program.code != "sprint"]


@pytest.mark.parametrize("seed", range(4))
def test_new_lines_change_only_what_is_looked_at_and_few_lines_tell_all_of_it(channel: Channel, seed: int):
    dice = random.Random(seed)
    sell(channel, dice, 80)
    for number in range(4):
        before = compute(_own(), read_facts(names=True))
        batch_id, (first, after) = _comes_in(channel, dice, number)
        everything = compute(_own(), read_facts(names=True))
        moved = read_moved(_own(), batch_id)
        assert moved is not None
        assert {"bikes", "helmets", "growing", "by-table", "invoices", "pair"} <= set(moved.plain)
        assert not {"sellers", "parents"} & set(moved.plain)

        left_alone = everything.join(moved.groups(everything), on=ORDER, how="anti")
        assert left_alone.sort(ORDER).equals(before.join(moved.groups(before), on=ORDER, how="anti").sort(ORDER))

        asked = [Asked(program, stretches([program], first, after)) for program in _own()]
        known = read_touched(asked, {channel.shop.id, channel.rival.id}, moved)
        few = moved.groups(compute(_own(), known, from_day=first, until_day=after))
        wanted = moved.groups(everything).filter((pl.col("period_end") > first) & (pl.col("period_start") < after))
        assert few.sort(ORDER).equals(wanted.sort(ORDER))
        assert known.facts.sales.height < read_facts().facts.sales.height


@pytest.mark.parametrize("seed", range(3))
def test_what_came_in_leaves_a_full_run_nothing_to_post(channel: Channel, seed: int):
    dice = random.Random(seed)
    sell(channel, dice, 40)
    run_full()
    for number in range(4):
        batch_id, (first, _) = _comes_in(channel, dice, number)
        day = clock.from_day_number(first)
        with transaction():
            run_for(
                partner_ids={channel.shop.id, channel.rival.id}, reason="came in", by=SYSTEM, days=(day, day),
                batch_id=batch_id,
            )  # fmt: skip
    assert run_full().posted == 0


def test_programs_that_do_not_count_the_product_have_nothing_read_for_them(channel: Channel):
    sell(channel, random.Random(1), 40)
    helmet, day = channel.products["HL-2"], dt.date(2026, 8, 3)
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, [NewLine("H", channel.shop.id, helmet.id, 2, 7_000, "USD", sold_on=day)])
        confirm_batch(batch)
    programs = [program for program in _own() if program.code in ("bikes", "helmets", "invoices")]
    moved = read_moved(programs, batch.id)
    assert moved is not None
    assert moved.pairs.rows() == [("helmets", channel.shop.id)]
    asked = [Asked(program, [(0, 99_999)]) for program in programs]
    read = read_touched(asked, {channel.shop.id, channel.rival.id}, moved).facts.sales
    helmets = {channel.products["HL-1"].id, helmet.id}
    assert set(read["product_id"].to_list()) == helmets
    assert set(read["partner_id"].to_list()) == {channel.shop.id}


def test_who_exchanged_lines_with_another_partner_is_calculated_as_a_whole(channel: Channel):
    sell(channel, random.Random(2), 20)
    with transaction():
        merge_partners(channel.rival, channel.shop, valid_from=dt.date(2026, 7, 1), reason="bought", by=SYSTEM)
    batch_id, _ = _comes_in(channel, random.Random(3), 1)
    assert read_moved(_own(), batch_id) is None


def test_a_program_that_looks_at_any_earlier_sale_has_everything_read(channel: Channel):
    publish(channel, plan("newcomers", "method: per_unit, amount: 9, measure: new_customers", period="month"))
    batch_id, _ = _comes_in(channel, random.Random(4), 1)
    assert read_moved(_own(), batch_id) is None


def test_a_sale_of_few_partners_is_not_worth_the_look_at_products(channel: Channel, monkeypatch):
    monkeypatch.setattr(touched, "MANY", 10)
    batch_id, _ = _comes_in(channel, random.Random(5), 1)
    assert read_moved(_own(), batch_id) is None
