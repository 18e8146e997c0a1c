"""Pilots: fixed before the first day, hidden from the control group, compared with it before and during."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict
from portal.engine.pilots import Pilot, is_chosen
from portal.engine.plan import Plan, parse_plan
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.programs.definitions.differences import differences
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import find_program
from portal.programs.definitions.rules import check_pilot
from portal.programs.definitions.services import publish_version
from portal.programs.definitions.words import plan_words
from portal.programs.ending.report import count_lines
from portal.programs.enrollments.participants import participants_of
from portal.programs.pilots.pages import verdict
from portal.programs.pilots.queries import get_draw, read_result
from portal.programs.pilots.rules import Company, compare, worth
from portal.programs.runs.explanations import explain
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import EarnedGroup
from portal.programs.runs.services import run_for
from portal.programs.studio.fields import read_fields, write_fields
from portal.programs.studio.trials import try_plan
from portal.programs.target_sheets.freezing import fix_baselines
from portal.sales.journal.services import add_lines, confirm_batch, open_batch
from portal.sales.products.services import add_price
from portal.security.viewer import SYSTEM
from tests.conventions.markup import faults
from tests.people import viewer_of
from tests.programs.shop_year import CATALOG, GROWTH_PLAN, Channel, open_channel
from tests.programs.test_participation import As

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


def test_the_return_is_reckoned_as_the_field_does() -> None:
    found = worth(400_000, 520_000, Fraction(38, 100), 19_000)
    assert (found.extra, found.gross, found.net, found.roi) == (120_000, 45_600, 26_600, 14_000)
    loss = worth(400_000, 390_000, Fraction(38, 100), 19_000)
    assert (loss.gross, loss.net, loss.roi) == (-3_800, -22_800, -12_000)
    assert worth(1, 2, Fraction(1), 0).roi is None


def test_the_effect_is_the_difference_of_the_changes() -> None:
    found = compare([Company(100, 160)] * 12, [Company(200, 220)] * 12)
    assert found is not None
    assert (found.effect, found.low, found.high) == (40, 40, 40)
    assert found.expected == 12 * 120
    assert found.is_sure


def test_what_depends_on_one_company_is_not_sure() -> None:
    found = compare([Company(0, 0)] * 11 + [Company(0, 1_200)], [Company(0, 0)] * 12)
    assert found is not None
    assert (found.effect, found.low) == (100, 0)
    assert not found.is_sure
    assert "may be chance" in verdict(found, "USD")


def test_few_companies_prove_nothing_and_none_are_not_compared() -> None:
    found = compare([Company(0, 100)] * 3, [Company(0, 0)] * 30)
    assert found is not None
    assert not found.is_sure
    assert "fewer than 10 companies" in verdict(found, "USD")
    assert compare([], [Company(0, 0)]) is None


FIRST = "2026-10-01"
OCTOBER_20 = dt.date(2026, 10, 20)
DRAWN = "2026-09-25T09:00"
SHOPS = 30


def _channel() -> Channel:
    """Thirty more shops and a pilot of racks from October on."""
    channel = open_channel()
    with clock.frozen("2026-01-03T09:00"), transaction():
        for number in range(SHOPS):
            add_partner(f"SHOP{number:02}", f"Shop {number:02}", territory="Northwest", tier="gold")
        for sku in CATALOG:
            add_price(channel.products[sku], valid_from=dt.date(2020, 1, 1), currency="USD", cost=6_000)
    with clock.frozen(DRAWN), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        text = PLAN.format(since=FIRST, pilot=SEVEN)
        publish_version(text, by=by, approved_by=approver)
    return channel


def _sell(channel: Channel) -> None:
    """Every shop sold 100.00 in September; in October the pilot sold 200.00 and the control 120.00."""
    with clock.frozen("2026-10-30T09:00"), transaction():
        partners = session.scalars(select(Partner).where(Partner.code.startswith("SHOP"))).all()
        chosen = {one.code for one in partners if is_chosen(Pilot(percent=50, seed=7), one.code)}
        lines = [
            channel.line(f"{one.code}-{sku}-{day}", sku, day, amount, one)
            for one in partners
            for sku, day, amount in (
                ("RA-H123", "2026-09-20", 10_000), ("BK-R19B", "2026-10-10", 99_999),
                ("RA-H123", "2026-10-10", 20_000 if one.code in chosen else 12_000),
            )
        ]  # fmt: skip
    channel.arrive("2026-10-30T09:00", *lines)


def test_both_groups_are_measured_alike_before_and_during(app: Flask, as_: As) -> None:
    channel = _channel()
    _sell(channel)
    with clock.frozen("2026-10-31T09:00"), transaction():
        program = find_program("racks")
        assert program is not None
        draw = get_draw(program)
        found = read_result(draw)
        chosen = [one for one in draw.sides if one.side == "pilot"]
    shops = [one for one in chosen if one.code.startswith("SHOP")]
    compared = found.comparison
    assert compared is not None
    assert (found.first, found.until) == (dt.date(2026, 8, 31), dt.date(2026, 11, 1))
    assert compared.pilot.during == 20_000 * len(shops)
    assert compared.pilot.before == 10_000 * len(shops)
    assert found.earned == 400 * len(shops)
    assert not found.no_cost
    with clock.frozen("2026-10-31T09:00"):
        manager = as_(channel.cast.channel_manager)
        text = manager.get("/programs/racks/pilot?costs=10").get_data(as_text=True)
        groups = manager.get("/programs/racks/pilot/partners?side=control").get_data(as_text=True)
        file = manager.get("/programs/racks/pilot/partners.csv").get_data(as_text=True)
        odd = manager.get("/programs/racks/pilot?costs=ten").get_data(as_text=True)
    for page in (text, groups, odd):
        assert faults(page) == []
    assert "Sold on top" in text
    assert "ten" in odd
    assert "is not" in odd
    assert "Drawn by" in groups
    assert file.count(",pilot,") == len(chosen)


def test_before_the_first_day_the_groups_are_there_and_nothing_is_compared(app: Flask, as_: As) -> None:
    channel = _channel()
    with clock.frozen("2026-09-26T09:00"):
        text = as_(channel.cast.channel_manager).get("/programs/racks/pilot").get_data(as_text=True)
    assert "What they sell is compared here from 1 October 2026 on" in text
    with clock.frozen("2026-09-26T09:00"):
        none = as_(channel.cast.channel_manager).get("/programs/parts-growth/pilot").get_data(as_text=True)
    assert "there is nobody to compare with" in none


def test_the_control_group_is_not_shown_the_program(app: Flask, as_: As) -> None:
    channel = _channel()
    shops = {True: channel.cast.shop, False: channel.cast.rival_shop}
    admins = {True: channel.cast.partner_admin, False: channel.cast.rival_admin}
    seen = {}
    for own in (True, False):
        chosen = is_chosen(Pilot(percent=50, seed=7), shops[own].code)
        with clock.frozen("2026-10-31T09:00"):
            client = as_(admins[own])
            pages = [client.get(path) for path in ("/my-programs/racks", "/programs/racks", "/my-programs")]
        seen[own] = chosen
        assert [page.status_code for page in pages] == ([200, 200, 200] if chosen else [404, 404, 200])
        assert ("Racks" in pages[2].get_data(as_text=True)) is chosen
    with clock.frozen("2026-10-31T09:00"), transaction():
        program = find_program("racks")
        assert program is not None
        rows = participants_of(viewer_of(channel.cast.channel_manager), program).rows
        taking = {side.code for side in get_draw(program).of("pilot")}
    assert {row.code for row in rows} == taking
    assert len(set(seen.values())) == 2


def test_the_closing_report_says_what_the_control_group_sold(app: Flask) -> None:
    channel = _channel()
    _sell(channel)
    with clock.frozen("2026-10-31T09:00"), transaction():
        program = find_program("racks")
        assert program is not None
        left_out = [side for side in get_draw(program).of("control") if side.code.startswith("SHOP")]
        counted, excluded = count_lines(plan(FIRST, SEVEN), FIRST)
    assert counted == SHOPS - len(left_out)
    assert excluded["in the control group"] == len(left_out)


def test_baselines_are_fixed_for_both_groups(app: Flask) -> None:
    channel = _channel()
    text = GROWTH_PLAN.replace("effective: {from: 2026-01-01", "effective: {from: 2027-01-01").replace(
        "newcomer: none}", "newcomer: none, freeze: at_open}"
    )
    grown = text.replace("hold_days: 30", f"hold_days: 30\n{SEVEN}").replace("code: parts-growth", "code: grown")
    with clock.frozen("2026-12-20T09:00"), transaction():
        by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
        publish_version(grown, by=by, approved_by=approver)
    shops = (channel.cast.shop, channel.cast.rival_shop)
    with clock.frozen("2026-12-20T09:00"), transaction():
        left = session.scalars(select(Partner).where(Partner.code.in_(["SHOP00", "SHOP01", "SHOP02", "SHOP03"]))).all()
    lines = [channel.line(f"{one.code}-1", "PD-R347", "2026-02-02", 200_000, one) for one in (*shops, *left)]
    channel.arrive("2026-12-20T10:00", *lines)
    with clock.frozen("2026-12-21T09:00"):
        written = fix_baselines()
    assert written == len(shops) + len(left), "whoever is eligible later finds its own, too"


def test_a_branch_calculated_alone_goes_with_its_company(app: Flask) -> None:
    channel, pilot = _channel(), Pilot(percent=50, seed=7)
    codes = [f"BRANCH{number}" for number in range(20)]
    code = next(code for code in codes if not is_chosen(pilot, code))
    owner = next(f"SHOP{number:02}" for number in range(SHOPS) if is_chosen(pilot, f"SHOP{number:02}"))
    with clock.frozen("2026-10-20T09:00"), transaction():
        shop = session.scalars(select(Partner).where(Partner.code == owner)).one()
        branch = add_partner(code, "A branch", territory="Northwest", tier="gold", parent=shop)
        number = branch.id
        batch = open_batch("erp", "import")
        add_lines(batch, [channel.line("B-1", "RA-H123", "2026-10-20", 10_000, branch)])
        confirm_batch(batch)
        run_for(partner_ids={number}, seller_ids=set(), reason="a sale", by=SYSTEM, days=(OCTOBER_20, OCTOBER_20))
    assert _earned(number) == [200]
    with clock.frozen("2026-10-21T09:00"):
        run_full()
        with transaction():
            assert explain("racks", "partner", number, code, dt.date(2026, 10, 1)).earned == 200
    assert _earned(number) == [200]


def _earned(partner_id: int) -> list[int]:
    with transaction():
        query = select(EarnedGroup.posted).join(Program, Program.id == EarnedGroup.program_id)
        return list(session.scalars(query.where(EarnedGroup.participant_id == partner_id, Program.code == "racks")))
