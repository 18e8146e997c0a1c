"""The linter: bad plans made for the purpose are all found, good ones are not stopped, and it mends what it can."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.demo.plans import plan_files
from portal.engine.plan import parse_plan
from portal.partners.people.models import Person
from portal.programs.definitions.services import save_draft
from portal.programs.simulation.commands import lint_command
from portal.programs.simulation.lint.findings import ERROR, INFO, Case, Evidence, Finding, Goods
from portal.programs.simulation.lint.mend import leave_out, mended, set_keys
from portal.programs.simulation.lint.probes import paid_at
from portal.programs.simulation.lint.registry import RULES, lint
from portal.programs.simulation.lint.rules_frame import price_floor, self_referral
from portal.programs.simulation.lint.rules_margin import clear_losses
from portal.programs.studio.gallery import list_templates
from portal.sales.products.services import add_price
from tests.conventions.markup import faults
from tests.people import viewer_of
from tests.programs.shop_year import GROWTH, TODAY, VOLUME, Channel, closed_quarter, volume_plan

As = Callable[[Person], FlaskClient]
BAD = sorted((Path(__file__).parent / "bad_plans").glob("*.yaml"))
COSTS = {"LJ-0192": 11_000, "RA-H123": 4_000, "PD-R347": 6_000, "BK-R19B": 50_000, "HL-U509": 1_300}


def priced_quarter(**changed: int) -> Channel:
    """The walk's shop with costs: a jersey is sold at 90.29 and costs 110.00."""
    channel = closed_quarter()
    with transaction():
        for sku, cost in (COSTS | {sku.replace("_", "-"): cost for sku, cost in changed.items()}).items():
            add_price(channel.products[sku], valid_from=dt.date(2020, 1, 1), currency="USD", cost=cost)
    return channel


@pytest.fixture
def channel(db: scoped_session[Session]) -> Iterator[Channel]:
    """A closed quarter with costs, looked at weeks later."""
    made = priced_quarter()
    with clock.frozen(TODAY):
        yield made


def _codes(text: str) -> set[str]:
    return {finding.code for finding in lint(text)}


@pytest.mark.one_database
def test_every_bad_plan_is_found(channel: Channel) -> None:
    missed = {}
    for path in BAD:
        text = path.read_text(encoding="utf-8")
        wanted = set(re.findall(r"[\w-]+", text.splitlines()[0].removeprefix("# finds:")))
        left = wanted - _codes(text)
        if left:
            missed[path.name] = left
    assert missed == {}
    assert len(BAD) >= 19


@pytest.mark.one_database
def test_no_plan_of_the_examples_is_stopped_where_goods_earn_their_keep(db: scoped_session[Session]) -> None:
    priced_quarter(LJ_0192=5_000)
    with clock.frozen(TODAY):
        for path in plan_files():
            stops = {one.code for one in lint(path.read_text(encoding="utf-8")) if one.severity == ERROR}
            assert stops <= {"spif-without-answer"}, path.name


@pytest.mark.one_database
def test_goods_below_cost_come_with_the_cost_of_leaving_them_out(channel: Channel) -> None:
    found = _finding(lint(volume_plan("marginal", "2027-01-01")), "sold-below-cost")
    assert found.severity == ERROR
    assert "Jerseys (−21.8 % margin)" in found.sentence
    assert "from 46.37 to 2.16 USD over 1 partner" in found.mend
    assert "Friendly Bike Shop (46.37 to 2.16)" in found.mend
    told = "From 1 January 2027 jerseys no longer count in “Accessories and clothing volume rebate”. On your sales in "
    told += "the period from 1 July to 30 September 2026 it would have paid you 2.16 instead of 46.37 USD."
    assert found.letters == (("Friendly Bike Shop", told),)
    assert found.text is not None
    assert parse_plan(found.text).qualify.exclude_categories == ("Clothing / Jerseys",)


def _finding(found: list[Finding], code: str) -> Finding:
    return next(one for one in found if one.code == code)


@pytest.mark.one_database
def test_a_cliff_names_both_sides_and_what_the_unit_earns(channel: Channel) -> None:
    found = [one for one in lint(volume_plan("whole", "2027-01-01")) if one.code == "cliff"]
    assert [one.numbers["at"] for one in found] == ["12.50 USD", "72.00 USD", "225.00 USD"]
    assert all(one.text is not None and parse_plan(one.text).components[0].reading == "marginal" for one in found)


@pytest.mark.one_database
def test_a_marginal_plan_has_no_cliff(channel: Channel) -> None:
    assert "cliff" not in _codes(volume_plan())


def test_the_engine_is_asked_what_a_component_pays_at_a_point() -> None:
    plan = parse_plan(volume_plan("whole"))
    assert paid_at(plan, plan.components[0], [49_999, 50_000, 180_000], 100) == [500, 1250, 7200]


def test_a_clear_loss_is_more_than_a_twentieth_below_cost() -> None:
    goods = [Goods("a", "Caps", 10_000, -501, 0), Goods("a", "Frames", 10_000, -500, 0), Goods("a", "Racks", 0, 0, 0)]
    assert clear_losses(goods) == ("Caps",)
    assert goods[0].percent == "−5.0 %"


def test_a_mended_text_is_the_same_plan_but_for_what_was_mended() -> None:
    text = volume_plan()
    before = parse_plan(text)
    assert parse_plan(str(mended(text, lambda document: None))).to_document() == before.to_document()
    after = parse_plan(str(mended(text, leave_out(("Clothing / Caps",)))))
    assert after.qualify.exclude_categories == ("Clothing / Caps",)
    assert mended(text, set_keys({"period": "week"})) is None


def test_a_reward_tied_to_a_resale_price_is_stopped() -> None:
    plan = parse_plan(volume_plan())
    floor = plan.qualify.model_copy()
    object.__setattr__(floor, "price_floor", {"percent_of_list": 80})
    found = list(price_floor(Case(plan.model_copy(update={"qualify": floor}), volume_plan())))
    assert [(one.code, one.severity) for one in found] == [("price-floor", ERROR)]
    assert list(price_floor(Case(plan, volume_plan()))) == []


def test_a_plan_that_does_not_parse_is_told_by_line_and_key() -> None:
    found = lint(volume_plan().replace("period: quarter", "period: week"))
    assert [(one.code, one.severity) for one in found] == [("plan-refused", ERROR)]
    assert "period" in found[0].sentence


def test_every_rule_stands_in_the_table_once() -> None:
    assert len(set(RULES)) == len(RULES) >= 19


def _lint(arguments: list[str]) -> tuple[int, str]:
    done = CliRunner().invoke(lint_command, arguments, catch_exceptions=False)
    return done.exit_code, done.output


@pytest.mark.one_database
def test_the_command_exits_1_only_when_something_must_not_go_out(channel: Channel, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(volume_plan("marginal", "2027-01-01"), encoding="utf-8")
    code, said = _lint([str(file)])
    assert (code, "error: sold-below-cost" in said) == (1, True)
    file.write_text(_finding(lint(file.read_text(encoding="utf-8")), "sold-below-cost").text or "", encoding="utf-8")
    code, said = _lint([str(file), "--json"])
    assert code == 0
    assert {one["severity"] for one in json.loads(said)} <= {"warning", "info"}


@pytest.mark.one_database
def test_the_page_of_findings_offers_the_mended_plan_as_a_new_draft(app: Flask, as_: As) -> None:
    channel = priced_quarter()
    author = viewer_of(channel.cast.channel_manager)
    with clock.frozen(TODAY):
        with transaction():
            draft = save_draft(volume_plan("whole", "2027-01-01"), title="Whole", by=author).id
        manager = as_(channel.cast.channel_manager)
        page = manager.get(f"/programs/drafts/{draft}/findings")
        assert faults(page.text) == []
        assert "Jerseys (−21.8 % margin)" in page.text
        assert "What to tell" not in page.text  # nobody was paid by this draft
        fragment = manager.get(f"/programs/drafts/{draft}/findings", headers={"HX-Request": "true"}).text
        assert "<html" not in fragment
        text = _finding(lint(volume_plan("whole", "2027-01-01")), "sold-below-cost").text
        made = manager.post(f"/programs/drafts/{draft}/mend", data={"text": text})
        assert made.status_code == 303
        assert "Whole, mended" in manager.get(made.headers["Location"]).text
        assert manager.post(f"/programs/drafts/{draft}/mend", data={"text": ""}).status_code == 422
        assert as_(channel.cast.seller).get(f"/programs/drafts/{draft}/findings").status_code == 403
        with transaction():
            same = save_draft(volume_plan("marginal", "2027-01-01"), title="Same", by=author).id
        told = manager.get(f"/programs/drafts/{same}/findings").text
        assert "What to tell Friendly Bike Shop" in told
        assert 'data-copy="From 1 January 2027 jerseys no longer count' in told


# What is true of the channel, whatever the plan says: who sold how much, who answered, what else runs, what is on file.
OF_THE_CHANNEL = {
    "spif-without-answer", "programs-overlap", "chosen-by-name", "goods-unknown",
    "band-unreached", "band-always", "band-for-few", "band-for-largest",
}  # fmt: skip


@pytest.mark.one_database
def test_the_templates_of_the_gallery_are_clean(db: scoped_session[Session]) -> None:
    priced_quarter(LJ_0192=5_000)
    with clock.frozen(TODAY):
        for template in list_templates():
            found = lint(template.text)
            assert {one.code for one in found if one.severity != INFO} <= OF_THE_CHANNEL, template.stem
            assert "goal-without-figure" not in {one.code for one in found}, template.stem


@pytest.mark.one_database
def test_programs_on_the_same_lines_are_one_finding_with_each_named(channel: Channel) -> None:
    overlap = (Path(__file__).parent / "bad_plans" / "overlap.yaml").read_text(encoding="utf-8")
    both = overlap.replace("[Clothing]", "[Clothing, Accessories, Components]")
    found = [one for one in lint(both) if one.code == "programs-overlap"]
    assert len(found) == 1
    assert found[0].sentence.startswith("2 other programs pay for some of the same lines: ")
    assert set(found[0].numbers) == {"counted", VOLUME, GROWTH}


def test_terms_against_own_customers_are_believed_until_sales_say_otherwise() -> None:
    text = (Path(__file__).parent / "bad_plans" / "referral.yaml").read_text(encoding="utf-8")
    terms = f"{text}terms: Own or affiliated companies do not count as customers.\n"
    seen = Evidence(dt.date(2026, 7, 1), dt.date(2026, 10, 1), 0, 0, 0, "USD", own_customers=3)
    assert [one.code for one in self_referral(Case(parse_plan(text), text))] == ["self-referral"]
    assert list(self_referral(Case(parse_plan(terms), terms))) == []
    assert "3 sales on record" in next(self_referral(Case(parse_plan(terms), terms, seen))).sentence
