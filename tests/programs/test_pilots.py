"""Pilots: fixed before the first day, hidden from the control group, compared with it before and during."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.core.errors import Conflict
from portal.engine.plan import Plan, parse_plan
from portal.programs.definitions.differences import differences
from portal.programs.definitions.rules import check_pilot
from portal.programs.definitions.words import plan_words
from portal.programs.studio.fields import read_fields, write_fields
from portal.programs.studio.trials import try_plan

TODAY = dt.date(2026, 11, 16)
PLAN = """
code: racks
name: Racks
kind: bonus
effective: {{from: {since}}}
period: quarter
pay: {{in: USD}}
{pilot}
qualify: {{categories: [Accessories], flow: sell_in}}
components:
  - {{code: racks, method: percent, percent: 2}}
"""
SEVEN, EIGHT = "pilot: {percent: 50, seed: 7}", "pilot: {percent: 50, seed: 8}"


def plan(since: str, pilot: str = "") -> Plan:
    return parse_plan(PLAN.format(since=since, pilot=pilot))


def test_a_pilot_that_is_to_come_may_be_written_as_one_likes() -> None:
    check_pilot([], plan("2026-11-17", SEVEN), TODAY, None)
    check_pilot([plan("2027-01-01", SEVEN)], plan("2027-01-01", EIGHT), TODAY, None)
    check_pilot([plan("2027-01-01")], plan("2027-01-01", SEVEN), TODAY, None)
    check_pilot([plan("2026-01-01")], plan("2027-01-01"), TODAY, None)


def test_a_pilot_is_not_split_after_the_first_sales() -> None:
    with pytest.raises(Conflict, match="split before anybody sells, and this program’s first day is 2026-11-16"):
        check_pilot([], plan("2026-11-16", SEVEN), TODAY, None)
    with pytest.raises(Conflict, match="split before anybody sells"):
        check_pilot([plan("2026-01-01")], plan("2027-01-01", SEVEN), TODAY, None)


def test_the_groups_stay_as_they_are_once_the_program_has_begun() -> None:
    begun = [plan("2026-10-01", SEVEN)]
    check_pilot(begun, plan("2026-12-01", SEVEN), TODAY, "next_period")
    with pytest.raises(Conflict, match="groups are fixed by the first day of the program, 2026-10-01"):
        check_pilot(begun, plan("2027-01-01", EIGHT), TODAY, None)
    with pytest.raises(Conflict, match="groups are fixed"):
        check_pilot([plan("2027-01-01", SEVEN)], plan("2027-04-01", EIGHT), TODAY, None)
    with pytest.raises(Conflict, match="groups are fixed"):
        check_pilot([plan("2027-01-01")], plan("2027-04-01", SEVEN), TODAY, None)


def test_a_pilot_ends_on_a_day_to_come_and_never_backwards() -> None:
    begun = [plan("2026-10-01", SEVEN)]
    check_pilot(begun, plan("2027-01-01"), TODAY, None)
    check_pilot(begun, plan("2026-12-01"), TODAY, "next_period")
    for day, way in (("2026-11-16", "next_period"), ("2026-12-01", "recalculate"), ("2026-12-01", "split")):
        with pytest.raises(Conflict, match="A pilot ends on a day to come"):
            check_pilot(begun, plan(day), TODAY, way)


def test_the_rule_says_who_is_tried_with_and_a_change_is_told() -> None:
    told = " ".join(plan_words(plan("2027-01-01", SEVEN)))
    assert "A pilot: about 50 % of these companies take part, drawn by seed 7 before the first day" in told
    assert "The others are the control group and earn nothing here." in told
    assert differences(plan("2027-01-01", SEVEN), plan("2027-01-01", EIGHT)) == ["Seed of the pilot: from 7 to 8."]


def test_the_editor_writes_and_reads_a_pilot_and_its_examples_are_of_somebody_chosen() -> None:
    document = plan("2027-01-01", SEVEN).to_document()
    fields = read_fields(document)
    assert (fields["pilot_percent"], fields["pilot_seed"]) == ("50", "7")
    written = write_fields({"pilot_percent": "30", "pilot_seed": "4"}, document)
    assert written["pilot"] == {"percent": "30", "seed": "4"}
    assert "pilot" not in write_fields({"pilot_percent": "", "pilot_seed": ""}, document)
    assert try_plan(plan("2027-01-01", SEVEN)) == try_plan(plan("2027-01-01"))
