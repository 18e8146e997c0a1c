"""What is touched is calculated from few facts: from them everything comes out as from all of them."""

import datetime as dt
import json
import random
from dataclasses import asdict, fields, replace
from decimal import Decimal

import polars as pl
import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.core.sequence import next_seq
from portal.engine.frames import Facts
from portal.engine.moved import Asked
from portal.engine.needs import Needs, joined, needs_of, stretches
from portal.partners.certificates.services import add_certificate
from portal.partners.tiers.services import set_tier
from portal.programs.definitions.queries import engine_programs, find_program
from portal.programs.enrollments.services import join_program
from portal.programs.runs.calculation import compute
from portal.programs.runs.facts import read_facts, read_needed
from portal.programs.runs.jobs import run_full
from portal.programs.runs.listeners import recalculate_batch
from portal.programs.runs.reach import by_reach, partners_to_read
from portal.programs.runs.services import run_for
from portal.programs.runs.touched import read_touched
from portal.programs.targets.services import set_target
from portal.sales.activities.models import Activity
from portal.sales.end_customers.models import EndCustomer
from portal.sales.journal import frames
from portal.sales.journal.matching import credit_seller
from portal.sales.journal.models import BatchKind, SaleLine
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.sales.products.services import add_price
from portal.sales.rates.services import add_rate
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish

KEY = ["program", "component", "participant_kind", "participant_id", "period_start"]


def plan(code: str, component: str, *more: str, period: str = "quarter", unit: str = "USD") -> str:
    """A plan of one component over all goods, from 2025 on."""
    lines = [
        f"code: {code}", f"name: {code}", "kind: bonus", "effective: {from: 2025-01-01}", f"period: {period}",
        f"pay: {{in: {unit}}}", *more, f"components: [{{code: c, {component}}}]",
    ]  # fmt: skip
    return "\n".join(lines)


BANDS = "bands: [{from: 0, percent: 1}, {from: 300, percent: 4}]"
GROWTH = "bands: [{from: 100, percent: 2}, {from: 120, percent: 5}]"
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
        _make_facts(made)
        yield made


def _make_facts(channel: Channel) -> None:
    partners = channel.shop, channel.rival
    with transaction():
        for product, price in zip(channel.products.values(), (900, 1_100, 300, 9_000), strict=True):
            for since, more in ((dt.date(2024, 1, 1), 0), (dt.date(2026, 4, 1), 50)):
                add_price(product, valid_from=since, currency="USD", list_price=price + more, cost=price // 2 + more)
        add_rate("USD", "JPY", dt.date(2024, 1, 1), 150 * 10**10)
        add_rate("EUR", "USD", dt.date(2024, 1, 1), 11 * 10**9)
        for partner in partners:
            set_target("partner", partner.id, "revenue", dt.date(2026, 7, 1), Decimal(400))
        add_certificate(channel.shop, None, "Fitter", valid_from=dt.date(2026, 7, 20))
        set_tier(channel.rival, "gold", valid_from=dt.date(2026, 7, 15), reason="sold much", by=SYSTEM)
        session.add(
            EndCustomer(
                name="c3", segment="School", valid_from=dt.date(2025, 1, 1), seq=next_seq(), recorded_at=clock.now()
            )
        )
        for partner in partners:
            session.add(
                Activity(
                    partner_id=partner.id, seller_id=None, metric="training", quantity=2, done_on=dt.date(2026, 7, 9),
                    source="lms", external_id=f"course-{partner.id}", seq=next_seq(), recorded_at=clock.now(),
                )
            )  # fmt: skip
    with clock.frozen("2026-07-03T10:00"), transaction():
        program = find_program("joined")
        assert program is not None
        join_program(program, channel.shop, day=clock.today(), accepted=None, by=SYSTEM)


def _sell(channel: Channel, dice: random.Random, count: int) -> None:
    """Lines of two years, some in another currency; every fifth takes an earlier one back, some are credited."""
    lines = []
    for number in range(count):
        partner = dice.choice([channel.shop, channel.rival])
        day = dt.date(2025, 1, 1) + dt.timedelta(days=dice.randrange(580))
        flow, seller = (
            ("sell_out", channel.seller.id) if partner is channel.shop and number % 3 == 0 else ("sell_in", None)
        )
        lines.append(
            NewLine(
                f"L{number}", partner.id, dice.choice(list(channel.products.values())).id, dice.randrange(1, 6),
                dice.randrange(1_000, 30_000), dice.choice(["USD", "USD", "EUR"]), sold_on=day, flow=flow,
                seller_id=seller, invoice_no=f"I{number // 2}", end_customer=f"C{dice.randrange(9)}",
            )
        )  # fmt: skip
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        written = add_lines(batch, lines)
        confirm_batch(batch)
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, [_back(line, dice) for line in written[::5]])
        confirm_batch(batch)
        for line in written[::7]:
            credit_seller(session.get_one(SaleLine, line.id), channel.seller.id, None)
        open_ = open_batch("erp", BatchKind.FEED)  # what nobody has confirmed counts nowhere
        add_lines(
            open_, [NewLine("open", channel.shop.id, lines[0].product_id, 9, 99, "USD", sold_on=lines[0].sold_on)]
        )


def _back(line: SaleLine, dice: random.Random) -> NewLine:
    later = min(line.sold_on + dt.timedelta(days=dice.randrange(200)), dt.date(2026, 8, 9))
    return NewLine(
        f"R{line.id}", line.partner_id, line.product_id, -1, -line.amount // line.quantity, line.currency,
        sold_on=later, flow=line.flow, seller_id=line.seller_id, invoice_no=line.invoice_no,
        end_customer=line.end_customer, returns_line_id=line.id, origin_on=line.sold_on,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_few_facts_make_what_all_of_them_make(channel: Channel, seed: int):
    dice = random.Random(seed)
    _sell(channel, dice, 90)
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
    _sell(channel, random.Random(5), 120)
    everything = read_facts(names=True)
    programs = engine_programs()
    for some in ([program] for program in programs):
        assert compute(some, read_needed(some)).equals(compute(some, everything)), some[0].code
    assert compute(programs, read_needed(programs)).equals(compute(programs, everything))


def test_a_program_looks_at_sellers_own_days_and_years_only_where_they_decide(channel: Channel):
    _sell(channel, random.Random(5), 60)
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
    _sell(channel, dice, 30)
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
    _sell(channel, dice, 30)
    run_full()
    for sold in session.scalars(select(SaleLine).where(SaleLine.external_id.in_(["L7", "L19", "L23"]))).all():
        with transaction():
            batch = open_batch("erp", BatchKind.FEED)
            add_lines(batch, [replace(_back(sold, dice), external_id=f"again {sold.id}")])
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
