"""Limits as they are posted: budgets that stop, programs that share a line, shares of several people."""

import datetime as dt
import random

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput
from portal.core.ids import digest
from portal.engine.plan import parse_plan
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import find_program
from portal.programs.definitions.words import plan_words
from portal.programs.enrollments.services import accept_terms, join_program
from portal.programs.runs.explanations import explain
from portal.programs.runs.jobs import run_full
from portal.programs.runs.listeners import recalculate_terms
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.services import run_for
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish, sell

JANUARY = dt.date(2026, 1, 1)


def plan(code: str, component: str, *more: str, flow: str = "sell_in") -> str:
    lines = [
        f"code: {code}",
        f"name: Program {code}",
        "kind: bonus",
        "effective: {from: 2026-01-01, until: 2027-01-01}",
        "period: campaign",
        "pay: {in: USD}",
        f"qualify: {{categories: [Bikes], flow: {flow}}}",
        *more,
        f"components: [{{code: c, {component}}}]",
    ]
    return "\n".join(lines)


TEN = "method: percent, percent: 10"
STOP = "budget: {amount: 100, when_reached: stop}"


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


def posted(code: str) -> dict[tuple[str, int], int]:
    """What is posted of a program, by participant."""
    query = select(EarnedGroup).join(Program, Program.id == EarnedGroup.program_id).where(Program.code == code)
    session.expire_all()
    return {(g.participant_kind, g.participant_id): g.posted for g in session.scalars(query) if g.posted}


def touch(channel: Channel, *partners: int) -> None:
    with transaction():
        run_for(
            partner_ids=set(partners), seller_ids={channel.seller.id}, reason="touched", by=SYSTEM,
            days=(dt.date(2026, 7, 1), dt.date(2026, 7, 31)),
        )  # fmt: skip


def test_a_budget_that_stops_never_takes_from_who_was_paid(channel: Channel):
    publish(channel, plan("stopped", TEN, STOP))
    shop, rival = channel.shop, channel.rival
    sell(channel, "BK-1", 1, 60_000, "2026-07-05")
    touch(channel, shop.id)
    sell(channel, "BK-1", 1, 60_000, "2026-07-09", partner=rival)
    touch(channel, rival.id)
    assert posted("stopped") == {("partner", shop.id): 6_000, ("partner", rival.id): 4_000}
    sell(channel, "BK-1", 1, 60_000, "2026-07-02", partner=rival)
    touch(channel, rival.id)
    assert run_full().posted == 0
    assert posted("stopped") == {("partner", shop.id): 6_000, ("partner", rival.id): 4_000}
    told = explain("stopped", "partner", rival.id, rival.code, JANUARY).components[0]
    assert told.fact.earned == 4_000
    assert "The budget of 100.00 USD is paid out, first recorded, first served" in told.sentence


def test_a_sale_of_a_group_pays_in_one_program_and_moves_when_another_pays_more(channel: Channel):
    best = "stack: {group: bikes, policy: best}"
    publish(channel, plan("flat", TEN, best))
    bands = "method: tiered, scope: whole, bands: [{from: 0, percent: 5}, {from: 1000, percent: 20}]"
    publish(channel, plan("steps", bands, best))
    sell(channel, "BK-1", 1, 60_000, "2026-07-05")
    touch(channel, channel.shop.id)
    assert (posted("flat"), posted("steps")) == ({("partner", channel.shop.id): 6_000}, {})
    sell(channel, "BK-1", 1, 60_000, "2026-07-06")
    touch(channel, channel.shop.id)
    assert (posted("flat"), posted("steps")) == ({}, {("partner", channel.shop.id): 24_000})
    assert run_full(program_code="flat").posted == 0
    told = explain("flat", "partner", channel.shop.id, channel.shop.code, JANUARY).components[0]
    assert "because steps pays them" in told.sentence


def test_programs_that_compete_in_months_and_quarters_post_what_one_full_run_finds(channel: Channel):
    best = "stack: {group: bikes, policy: best}"
    publish(channel, plan("flat", TEN, best).replace("campaign", "month"))
    bands = "method: tiered, scope: whole, bands: [{from: 0, percent: 5}, {from: 1500, percent: 20}]"
    publish(channel, plan("steps", bands, best).replace("campaign", "quarter"))
    for sold_on in ("2026-07-05", "2026-08-05"):
        sell(channel, "BK-1", 1, 60_000, sold_on)
    touch(channel, channel.shop.id)
    assert _by_period("flat") == {"2026-07-01": 6_000, "2026-08-01": 6_000}
    assert _by_period("steps") == {}, "each month pays more"
    sell(channel, "BK-1", 1, 60_000, "2026-07-20")
    touch(channel, channel.shop.id)
    assert (_by_period("flat"), _by_period("steps")) == ({}, {"2026-07-01": 36_000})
    assert run_full().posted == 0
    told = explain("flat", "partner", channel.shop.id, channel.shop.code, dt.date(2026, 7, 1)).components[0]
    assert told.fact.earned == 0, "the trace of July knows of August"
    assert "because steps pays them" in told.sentence


def _by_period(code: str) -> dict[str, int]:
    query = select(EarnedGroup).join(Program, Program.id == EarnedGroup.program_id).where(Program.code == code)
    session.expire_all()
    return {g.period_start.isoformat(): g.posted for g in session.scalars(query) if g.posted}


def test_a_split_is_posted_to_the_person_and_the_shop(channel: Channel):
    split = "credit: {split: [{to: seller, percent: 60}, {to: partner, percent: 40}]}"
    publish(channel, plan("shared", TEN, split))
    sell(channel, "BK-1", 1, 10_000, "2026-07-05", seller=channel.seller)
    touch(channel, channel.shop.id)
    assert posted("shared") == {("person", channel.seller.id): 600, ("partner", channel.shop.id): 400}
    told = explain("shared", "person", channel.seller.id, channel.seller.email, JANUARY)
    assert told.earned == 600


@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_touched_runs_posts_what_one_full_run_finds(channel: Channel, seed: int):
    generator = random.Random(seed)
    publish(channel, plan("one", TEN, "stack: {group: bikes, policy: best}", "caps: {program: 90}"))
    bands = "method: tiered, scope: whole, bands: [{from: 0, percent: 5}, {from: 900, percent: 20}]"
    publish(channel, plan("two", bands, "stack: {group: bikes, policy: best}"))
    publish(channel, plan("three", "method: per_unit, amount: 7", "budget: {amount: 30, when_reached: stop}"))
    partners = [channel.shop, channel.rival]
    for _ in range(6):
        partner = generator.choice(partners)
        amount = generator.choice([10_000, 40_000, 60_000])
        sell(
            channel,
            "BK-1",
            generator.choice([1, 2, -1]),
            amount,
            f"2026-07-{generator.randrange(10, 29)}",
            partner=partner,
        )
        if generator.random() < 0.7:
            touch(channel, partner.id)
    touch(channel, *(partner.id for partner in partners))
    assert run_full().posted == 0


def test_a_period_with_a_contest_cannot_be_split(channel: Channel):
    contest = "method: rank, prizes: {1: 500}"
    publish(channel, plan("contest", contest))
    with pytest.raises(InvalidInput, match="the component c is a rank"):
        publish(
            channel, plan("contest", contest).replace("from: 2026-01-01", "from: 2026-07-01"), inside_period="split"
        )


def test_a_split_period_is_published_and_posted(channel: Channel):
    publish(channel, plan("change", TEN))
    later = plan("change", "method: percent, percent: 20").replace("from: 2026-01-01", "from: 2026-07-10")
    publish(channel, later, inside_period="split")
    sell(channel, "BK-1", 1, 10_000, "2026-07-05")
    sell(channel, "BK-1", 1, 10_000, "2026-07-15")
    run_full(program_code="change")
    assert posted("change") == {("partner", channel.shop.id): 3_000}


def test_the_rule_names_its_limits():
    text = plan(
        "words", TEN, STOP, "minimum_payout: 5", "caps: {program: 90}", "stack: {group: bikes, policy: first}",
        "credit: {split: [{to: seller, percent: 60}, {to: partner, percent: 40}]}",
    )  # fmt: skip
    told = plan_words(parse_plan(text))
    assert told[-6:] == [
        "Less than 5.00 USD a campaign pays nothing.",
        "All together are paid no more than 90.00 USD a campaign, in proportion.",
        "When its budget is used up, it pays nothing more; who was recorded first is served first.",
        "In the group bikes a sale pays once: in the first of them that pays something.",
        "Of each sale's share is paid 60 % to the seller and 40 % to the partner.",
        "Budget 100.00 USD; reaching it stops the program.",
    ]


def test_new_terms_count_nothing_until_they_are_accepted(channel: Channel):
    joined = "enrollment: opt_in"
    publish(channel, plan("club", TEN, joined, "terms: Be fair."))
    club, first, second = find_program("club"), digest("Be fair."), digest("Be fair and prompt.")
    assert club is not None
    with transaction():
        join_program(club, channel.shop, day=dt.date(2026, 8, 10), accepted=first, by=channel.manager)
    sell(channel, "BK-1", 1, 60_000, "2026-08-10")
    accepted = {"program_code": "club", "partner_id": channel.shop.id}
    with transaction():
        recalculate_terms(accepted | {"terms_digest": first})
    assert posted("club") == {("partner", channel.shop.id): 6_000}
    publish(channel, plan("club", TEN, joined, "terms: Be fair and prompt."))
    run_full()
    assert posted("club") == {}
    told = explain("club", "partner", channel.shop.id, channel.shop.code, JANUARY).components[0]
    assert [line.reason for line in told.fact.lines] == ["had not accepted the terms of the program on 10 August 2026"]
    with transaction():
        accept_terms(club, channel.shop, accepted=second, by=channel.manager)
    with transaction():
        recalculate_terms(accepted | {"terms_digest": second})
    assert posted("club") == {("partner", channel.shop.id): 6_000}
