"""What is touched is calculated from few facts: from them everything comes out as from all of them."""

import datetime as dt
import json
import random
from dataclasses import asdict, fields, replace

import polars as pl
import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.engine.frames import Facts
from portal.engine.moved import Asked
from portal.engine.needs import Needs, joined, needs_of, stretches
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts, read_needed
from portal.programs.runs.jobs import run_full
from portal.programs.runs.listeners import recalculate_batch
from portal.programs.runs.reach import by_reach, partners_to_read
from portal.programs.runs.services import run_for
from portal.programs.runs.touched import read_touched
from portal.sales.journal import frames
from portal.sales.journal.models import BatchKind, SaleLine
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish
from tests.programs.two_years import BANDS, GROWTH, KEY, back, make_facts, plan, sell

TEXTS = (
    plan("marginal", f"method: tiered, scope: marginal, {BANDS}", "qualify: {categories: [Bikes]}"),
    plan("margin", "method: percent, percent: 10, measure: margin", period="month"),
    plan("growing", f"method: growth, scope: excess, {GROWTH}"),
    plan("newcomers", "method: per_unit, amount: 9, measure: new_customers", period="month"),
    plan("reached", "method: attainment, scope: whole, bands: [{from: 50, percent: 3}]"),
    plan("yen", "method: percent, percent: 7", unit="JPY"),
    plan("joined", "method: percent, percent: 2", "enrollment: opt_in"),
    plan("fitters", "method: percent, percent: 3", "eligibility: {certificates: [Fitter]}"),
    plan("came-back", "method: percent, percent: 5", "returns: return_period", period="month"),
    plan("trained", "method: per_unit, amount: 3, measure: 'activity:training'"),
    plan("no-schools", "method: percent, percent: 4", "eligibility: {end_customers: {exclude: [School]}}"),
    plan("gifts", "method: free_goods, per: 3, give: 1", period="half"),
    plan("golden", "method: percent, percent: 1", "multipliers: [{when: {tiers: [gold]}, by: 1.5}]"),
)


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        made = make_channel()
        for text in TEXTS:
            publish(made, text)
        make_facts(made)
        yield made


@pytest.mark.parametrize("seed", range(4))
def test_few_facts_make_what_all_of_them_make(channel: Channel, seed: int):
    dice = random.Random(seed)
    sell(channel, dice, 90)
    own, shared, lasting = by_reach(engine_programs())
    assert not shared
    assert not lasting
    first = day_number(dt.date(2025, 1, 1) + dt.timedelta(days=dice.randrange(550)))
    after = first + dice.choice([1, 40])
    everything = compute(own, read_facts(names=True), from_day=first, until_day=after)
    assert (everything["earned"] != 0).any()
    for partner in (channel.shop, channel.rival):
        sellers = {channel.seller.id} if partner is channel.shop else set()
        reading = partners_to_read(own, {partner.id}, sellers)
        asked = [Asked(program, stretches([program], first, after)) for program in own]
        few = compute(own, read_touched(asked, reading), from_day=first, until_day=after)
        mine = (pl.col("participant_kind") == "partner") & (pl.col("participant_id") == partner.id)
        mine |= (pl.col("participant_kind") == "person") & pl.col("participant_id").is_in(sellers)
        assert few.filter(mine).sort(KEY).equals(everything.filter(mine).sort(KEY))


def test_a_program_that_looks_at_few_facts_reads_few(channel: Channel):
    programs = {program.code: program for program in engine_programs()}
    nothing = dict.fromkeys((field.name for field in fields(Needs)), False) | {"currencies": frozenset({"USD"})}
    assert asdict(needs_of([programs["marginal"]])) == nothing
    assert needs_of([programs["margin"]]).prices
    assert needs_of([programs["gifts"]]).prices
    assert needs_of([programs["reached"]]).targets
    assert needs_of([programs["trained"]]).activities
    assert needs_of([programs["joined"]]).enrollments
    assert needs_of([programs["fitters"]]).certificates
    assert needs_of([programs["newcomers"]]).names
    assert needs_of([programs["no-schools"]]).end_customers
    assert needs_of([programs["yen"]]).currencies == {"JPY"}


@pytest.mark.parametrize("large", [frames.LARGE, 0])
def test_each_program_owes_on_what_it_looks_at_what_it_owes_on_everything(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, large: int
):
    monkeypatch.setattr(frames, "LARGE", large)
    sell(channel, random.Random(5), 120)
    everything = read_facts(names=True)
    programs = engine_programs()
    for some in ([program] for program in programs):
        assert compute(some, read_needed(some)).equals(compute(some, everything)), some[0].code
    assert compute(programs, read_needed(programs)).equals(compute(programs, everything))


def test_a_program_looks_at_sellers_own_days_and_years_only_where_they_decide(channel: Channel):
    sell(channel, random.Random(5), 60)
    programs = {program.code: program for program in engine_programs()}
    every = read_facts().facts.sales.filter(pl.col("flow") != "activity").height
    plain = read_needed([programs["volume"]]).facts.sales
    assert plain["seller_id"].null_count() == plain.height < every
    assert plain["sold_day"].equals(plain["origin_day"].alias("sold_day"))
    assert read_needed([programs["sprint"]]).facts.sales["seller_id"].null_count() < plain.height
    came_back = read_needed([programs["came-back"]]).facts.sales
    assert came_back.filter(pl.col("sold_day") != pl.col("origin_day")).height > 0
    assert plain.height < read_needed([programs["growing"]]).facts.sales.height
    assert read_needed([programs["newcomers"]]).facts.sales.height == every


@pytest.mark.parametrize("seed", range(3))
def test_lines_of_any_day_leave_a_full_run_nothing_to_post(channel: Channel, seed: int):
    dice = random.Random(seed)
    sell(channel, dice, 30)
    run_full()
    for number in range(4):
        partner = dice.choice([channel.shop, channel.rival])
        day = dt.date(2025, 1, 1) + dt.timedelta(days=dice.randrange(580))
        late = NewLine(
            f"late {number}", partner.id, channel.products["BK-1"].id, dice.choice([1, 7]), dice.randrange(90_000),
            "USD", sold_on=day, invoice_no=f"late {number}", end_customer=f"C{dice.randrange(9)}",
        )  # fmt: skip
        with transaction():
            batch = open_batch("erp", BatchKind.FEED)
            add_lines(batch, [late])
            confirm_batch(batch)
            run_for(partner_ids={partner.id}, reason="late", by=SYSTEM, days=(day, day))
    assert run_full().posted == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_back_moves_the_period_of_its_sale_at_once(channel: Channel, seed: int):
    dice = random.Random(seed)
    sell(channel, dice, 30)
    run_full()
    for sold in session.scalars(select(SaleLine).where(SaleLine.external_id.in_(["L7", "L19", "L23"]))).all():
        with transaction():
            batch = open_batch("erp", BatchKind.FEED)
            add_lines(batch, [replace(back(sold, dice), external_id=f"again {sold.id}")])
            confirm_batch(batch)
        _hear()
    assert run_full().posted == 0


def _hear() -> None:
    """The newest batch is calculated as the worker does."""
    rows = select(OutboxRow.payload).where(OutboxRow.fact == "JournalBatchConfirmed").order_by(OutboxRow.id.desc())
    with transaction():
        recalculate_batch(json.loads(session.scalars(rows.limit(1)).one()))


def test_every_kind_of_fact_is_read_for_a_few_participants_too():
    always = {"sales", "partner_values", "products", "place", "today", "posted"}  # posted: where a budget stops
    asked = {
        "product_prices",
        "rates",
        "targets",
        "activities",
        "codes",
        "enrollments",
        "certificates",
        "end_customers",
    }
    assert {field.name for field in fields(Facts)} == always | asked, "read_touched must read the new kind, too"


def test_a_growth_program_reads_the_same_days_a_year_before_and_nothing_between(channel: Channel):
    program = next(program for program in engine_programs() if program.code == "growing")
    day = day_number(dt.date(2026, 8, 9))
    july, october = dt.date(2026, 7, 1), dt.date(2026, 10, 1)
    past = july.replace(year=2025), october.replace(year=2025)
    assert stretches([program], day, day + 1) == [tuple(map(day_number, past)), tuple(map(day_number, (july, october)))]


def test_stretches_that_meet_or_overlap_are_one():
    assert joined({(5, 9), (1, 3), (3, 4), (8, 12), (20, 21)}) == [(1, 4), (5, 12), (20, 21)]
