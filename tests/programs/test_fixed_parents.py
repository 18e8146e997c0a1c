"""Fixed baselines of programs that pay parents, sellers or by tier: they follow mergers and are what is found live."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.mergers.queries import list_mergers_of
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.partners.spif.services import answer_spifs
from portal.partners.tiers.services import set_tier
from portal.programs.definitions.models import Program
from portal.programs.definitions.services import publish_version
from portal.programs.mergers.services import NewShop, merge_partners, split_partner, undo_merger
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup
from portal.programs.target_sheets.freezing import fix_baselines
from portal.programs.target_sheets.models import TargetNotice
from portal.programs.targets.models import Target
from portal.security.viewer import Viewer
from tests.people import fresh, viewer_of
from tests.programs.shop_year import Q4, open_channel
from tests.programs.test_fixed_baselines import BEFORE

PLAN = """
code: {code}
name: Growth, {code}
kind: growth
effective: {{from: 2026-10-01}}
period: quarter
pay: {{in: USD}}
participant: {participant}
{more}
qualify: {{categories: [Accessories, Clothing]}}
components:
  - {{code: growth, method: growth, scope: excess, baseline: {{freeze: {freeze}}}, bands: [{{from: 110, percent: 10}}]}}
"""
OPENED = "2026-11-20T09:00"
BRANCHES = {"N-1": "NORTH", "N-2": "NORTH", "S-1": "SOUTH", "S-2": "SOUTH"}
SOLD = {"N-1": 10_000, "N-2": 20_000, "S-1": 40_000, "S-2": 80_000}


class Families:
    """Two parents with two branches each; every branch sold on 5 October and on 5 December of the year before."""

    def __init__(self, *, participant: str = "parent", more: str = "") -> None:
        self.channel = channel = open_channel()
        self.shops: dict[str, Partner] = {}
        with clock.frozen("2026-01-03T09:00"), transaction():
            for code in ("NORTH", "SOUTH", *BRANCHES):
                parent = self.shops.get(BRANCHES.get(code, ""))
                self.shops[code] = add_partner(
                    code, f"Shop {code}", territory="Northwest", tier="silver", parent=parent
                )
        with clock.frozen("2026-08-15T09:00"), transaction():
            by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
            for code, freeze in (("fixed", "at_open"), ("live", "live")):
                plan = PLAN.format(code=code, participant=participant, freeze=freeze, more=more)
                publish_version(plan, by=by, approved_by=approver)

    def sell(self) -> None:
        """Last year's sales, and one of every branch now."""
        line, at = self.channel.line, self.channel.arrive
        days = ("2025-10-05", "2025-12-05")
        past = [
            line(f"{code}-{day}", "LJ-0192", day, SOLD[code], self.shops[code]) for code in BRANCHES for day in days
        ]
        now = [line(f"{code}-NOW", "LJ-0192", "2026-10-02", 500_000, self.shops[code]) for code in BRANCHES]
        at("2026-08-20T09:00", *past)
        at("2026-10-03T09:00", *now)

    def fix(self) -> None:
        with clock.frozen(BEFORE):
            fix_baselines()

    def merge(self, old: str, into: str, day: dt.date) -> None:
        with clock.frozen(OPENED), transaction():
            merge_partners(
                fresh(self.shops[old]), fresh(self.shops[into]), valid_from=day, reason="one owner", by=self.by
            )

    def undo(self, old: str) -> None:
        with clock.frozen(OPENED), transaction():
            undo_merger(list_mergers_of(self.shops[old].id)[0], reason="a mistake", by=self.by)

    @property
    def by(self) -> Viewer:
        return viewer_of(self.channel.cast.channel_manager)

    def baselines(self) -> dict[str, int]:
        """The fixed baselines in force of the fourth quarter, in cents, by code."""
        query = select(Partner.code, Target.target).join(Partner, Partner.id == Target.participant_id)
        query = query.where(Target.period_start == Q4, Target.participant_kind == "partner")
        rows = session.execute(query.order_by(Target.seq, Target.id)).all()
        session.rollback()
        return {code: target // 100 for code, target in rows}

    def stands_against(self, code: str) -> dict[str, int | None]:
        """The baselines that earnings of a program stand against."""
        query = select(Partner.code, EarnedGroup.baseline).join(Partner, Partner.id == EarnedGroup.participant_id)
        query = query.join(Program, Program.id == EarnedGroup.program_id)
        found = session.execute(query.where(Program.code == code, EarnedGroup.period_start == Q4)).all()
        session.rollback()
        return dict(found)


def test_a_parent_is_fixed_told_and_paid_against_what_its_branches_sold(app: Flask) -> None:
    families = Families()
    families.sell()
    families.fix()
    with clock.frozen(OPENED):
        run_full()
    assert families.baselines() == {"NORTH": 60_000, "SOUTH": 240_000}
    assert families.stands_against("fixed") == families.stands_against("live") == families.baselines()
    notices = select(TargetNotice.participant_kind, TargetNotice.participant_id).order_by(TargetNotice.id)
    assert {tuple(row) for row in session.execute(notices)} == {
        ("partner", families.shops[code].id) for code in ("NORTH", "SOUTH")
    }
    session.rollback()


def test_a_branch_that_becomes_part_of_another_familys_takes_its_baseline_along_and_an_undoing_brings_it_back(
    app: Flask,
) -> None:
    families = Families()
    families.sell()
    families.fix()
    families.merge("N-2", "S-1", dt.date(2026, 11, 10))
    assert families.baselines() == {"NORTH": 40_000, "SOUTH": 260_000}, "what N-2 sold since 10 November a year ago"
    families.undo("N-2")
    assert families.baselines() == {"NORTH": 60_000, "SOUTH": 240_000}
    families.merge("N-2", "N-1", Q4)
    assert families.baselines() == {"NORTH": 60_000, "SOUTH": 240_000}, "within a family nothing moves"


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_branches_are_merged_fixed_is_what_is_found_live(app: Flask, seed: int) -> None:
    dice = random.Random(seed)
    families = Families()
    families.sell()
    families.fix()
    moves = [("N-2", "S-1", dt.date(2026, 11, 10)), ("S-2", "N-1", dt.date(2026, 10, 20))]
    dice.shuffle(moves)
    for old, into, day in moves:
        families.merge(old, into, day)
    if seed % 2:
        families.undo(moves[0][0])
    with clock.frozen(OPENED):
        run_full()
    assert families.stands_against("fixed") == families.stands_against("live")
    assert set(families.stands_against("fixed")) == {"NORTH", "SOUTH"}


def test_a_shop_that_a_split_makes_stays_in_the_family(app: Flask) -> None:
    families = Families()
    with clock.frozen("2026-08-20T08:00"), transaction():
        tom = add_person("tom@north.example", "Tom Rask", "seller", fresh(families.shops["N-1"])).id
    families.sell()
    sold = families.channel.line("TOM-1", "LJ-0192", "2025-12-10", 7_000, families.shops["N-1"], seller_id=tom)
    families.channel.arrive("2026-08-21T09:00", sold)
    families.fix()
    assert families.baselines() == {"NORTH": 67_000, "SOUTH": 240_000}
    with clock.frozen(OPENED), transaction():
        split_partner(
            fresh(families.shops["N-1"]), NewShop("TWIN", "Twin"), people=[session.get_one(Person, tom)],
            valid_from=dt.date(2026, 11, 1), reason="its own shop", by=families.by,
        )  # fmt: skip
    assert families.baselines() == {"NORTH": 67_000, "SOUTH": 240_000}


def test_a_baseline_asks_nobody_who_it_was_a_year_ago_and_tells_those_it_may_pay(app: Flask) -> None:
    """Two shops are gold since this spring only, and nobody could join before the program was published."""
    families = Families(participant="partner", more="eligibility: {tiers: [gold]}\nenrollment: opt_in")
    families.sell()
    with clock.frozen("2026-08-22T09:00"), transaction():
        for code in ("N-1", "S-1"):
            set_tier(fresh(families.shops[code]), "gold", dt.date(2026, 5, 1), "a good year", families.by)
    families.fix()
    assert families.baselines() == {code: 2 * sold for code, sold in SOLD.items()}
    told = session.scalars(select(TargetNotice.participant_id)).all()
    session.rollback()
    assert sorted(told) == [families.shops["N-1"].id, families.shops["S-1"].id]


def test_sellers_stand_against_what_they_sold_themselves(app: Flask) -> None:
    families = Families(participant="seller")
    seller = families.channel.cast.seller
    with clock.frozen("2026-08-19T09:00"), transaction():
        answer_spifs(fresh(families.channel.cast.shop), "allowed", valid_from=dt.date(2025, 1, 1))
    line, at = families.channel.line, families.channel.arrive
    own: dict[str, Any] = {"flow": "sell_out", "seller_id": seller.id}
    at("2026-08-20T09:00", line("OLD", "LJ-0192", "2025-11-03", 100_000, **own))
    families.fix()
    at("2026-10-03T09:00", line("NEW", "LJ-0192", "2026-10-02", 150_000, **own))
    query = select(EarnedGroup.participant_kind, EarnedGroup.baseline, EarnedGroup.posted)
    query = query.join(Program, Program.id == EarnedGroup.program_id).where(Program.code.in_(["fixed", "live"]))
    found = session.execute(query.where(EarnedGroup.period_start == Q4)).all()
    session.rollback()
    assert [tuple(row) for row in found] == [("person", 100_000, 5_000)] * 2
