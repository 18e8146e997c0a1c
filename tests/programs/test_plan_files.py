"""Plans kept as files name their tables of amounts; long forms of hold and expiry; late claims by plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.claims.outlook import ENDLESS, claim_window_days
from portal.core import clock
from portal.core.errors import InvalidInput
from portal.engine.errors import PlanError
from portal.engine.plan import Plan, parse_plan, plan_from_document
from portal.programs.definitions.plan_files import read_plan_file
from portal.programs.definitions.words import limit_words
from portal.programs.runs.posting import expiry_day
from tests.engine.channel import plan_text
from tests.programs.channel import SPRINT, make_channel, publish

Db = scoped_session[Session]
TABLE = "{code: c, method: per_unit, amounts_file: spif.csv}"
STARS = {"pay": "{in: points}"}


def plan_with(folder: Path, table: str, component: str = TABLE) -> Plan:
    (folder / "spif.csv").write_text(table, encoding="utf-8")
    (folder / "plan.yaml").write_text(plan_text(component), encoding="utf-8")
    return parse_plan(read_plan_file(folder / "plan.yaml"))


@pytest.mark.parametrize(
    "table",
    [
        "sku,amount\nHL-U509,40\nAccessories / Helmets,7.5\n",
        "HL-U509;40\n\nAccessories / Helmets;7.5",
        "\ufeffProduct\tPays\nHL-U509\t40\nAccessories / Helmets\t7.5\n",
        '"HL-U509",40\n"Accessories / Helmets",7.5',
    ],
)
def test_a_table_beside_the_plan_stands_in_its_place(tmp_path: Path, table: str) -> None:
    plan = plan_with(tmp_path, table)
    assert plan.to_document()["components"][0]["amounts"] == {"HL-U509": "40", "Accessories / Helmets": "7.5"}


def test_other_keys_stay_on_their_lines(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as refused:
        plan_with(tmp_path, "HL-U509,40\nCA-1098,many", f"{TABLE}\n{{code: d, method: nonsense}}")
    issues = refused.value.issues
    assert [(issue.line, issue.key) for issue in issues] == [
        (8, "components[0].amounts.CA-1098"),
        (9, "components[1].method"),
    ]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("HL-U509,40\nHL-U509,50", "lists HL-U509 twice, the second time in row 2"),
        ("sku,amount\n", "holds no amounts"),
        ("HL-U509,40\nCA-1098", "Row 2 of spif.csv is not a SKU"),
    ],
)
def test_a_table_that_is_none_is_refused_at_its_key(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(PlanError, match=sentence) as refused:
        plan_with(tmp_path, table)
    assert (refused.value.issues[0].line, refused.value.issues[0].key) == (8, "amounts_file")


@pytest.mark.parametrize("name", ["/etc/passwd", "../spif.csv", "''"])
def test_only_files_of_the_plans_own_folder_are_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanError, match="Name a file in the plan's own folder"):
        plan_with(tmp_path, "A,1", TABLE.replace("spif.csv", name))


def test_files_that_are_missing_or_no_text_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"There is no file other\.csv beside the plan"):
        plan_with(tmp_path, "A,1", TABLE.replace("spif.csv", "other.csv"))
    (tmp_path / "other.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError, match=r"other\.csv is not UTF-8 text"):
        plan_with(tmp_path, "A,1", TABLE.replace("spif.csv", "other.csv"))
    (tmp_path / "plan.yaml").write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match="is not UTF-8 text"):
        read_plan_file(tmp_path / "plan.yaml")
    (tmp_path / "plan.yaml").write_text("a: [", encoding="utf-8")
    assert read_plan_file(tmp_path / "plan.yaml") == "a: ["


def test_in_a_text_without_a_file_the_key_says_what_to_do() -> None:
    with pytest.raises(PlanError, match="write its rows under amounts"):
        parse_plan(plan_text(TABLE))


def test_the_long_form_of_a_hold_is_stored_short() -> None:
    plan = parse_plan(plan_text("{code: c, method: percent, percent: 1}", hold="{days: 30, from: approved}"))
    assert (plan.hold_days, plan.hold) == (30, None)
    assert plan_from_document(plan.to_document()) == plan


def test_stars_expire_by_the_day_they_are_earned_or_by_the_end_of_that_year() -> None:
    each = "{code: c, method: per_unit, amount: 1}"
    by_day = parse_plan(plan_text(each, expiry="{after_months: 6}", **STARS))
    by_year = parse_plan(plan_text(each, expiry="{after_months: 3, counted_from: year_end}", **STARS))
    at_end = parse_plan(plan_text(each, expiry="{after_months: 0, counted_from: year_end}", **STARS))
    never = parse_plan(plan_text(each, **STARS))
    day = dt.date(2026, 8, 31)
    assert [expiry_day(plan, day) for plan in (by_day, by_year, at_end, never)] == [
        dt.date(2027, 2, 28), dt.date(2027, 4, 1), dt.date(2027, 1, 1), None,
    ]  # fmt: skip
    assert limit_words(by_day) == ["Stars expire 6 months after they were earned."]
    assert limit_words(by_year) == ["Stars expire 3 months after the end of the year in which they were earned."]
    assert limit_words(at_end) == ["Stars expire at the end of the year in which they were earned."]


@pytest.mark.one_database
def test_a_plan_that_adjusts_later_takes_late_claims(db: Db) -> None:
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        product, day = channel.products["HL-1"].id, dt.date(2026, 8, 1)
        assert claim_window_days({product}, day) == 90
        late = SPRINT.replace("code: sprint", "code: late").replace("pay:", "claim_within_days: 30\nlate: adjust\npay:")
        publish(channel, late.replace("late: adjust", "late: refuse"))
        assert claim_window_days({product}, day) == 30
        publish(channel, late.replace("2026-01-01", "2026-02-01"), inside_period="recalculate")
        assert claim_window_days({product}, day) == ENDLESS
        assert "A claim that comes later counts, too, and adjusts the period of its sale." in limit_words(
            parse_plan(late)
        )
