"""Targets come in by file; the newest number of a key counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core import clock
from portal.core.db import session, transaction
from portal.programs.runs.facts import read_facts
from portal.programs.runs.jobs import run_full
from portal.programs.runs.services import run_for
from portal.programs.targets.frames import read_targets_frame
from portal.programs.targets.importing import import_rows, offer_targets
from portal.programs.targets.services import set_target
from portal.sales.activities.importing import import_rows as import_activities
from portal.sales.imports.row_kinds import KINDS
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel, make_channel, publish, sell

QUOTA = """
code: quota
name: Quota bonus
kind: bonus
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
components:
  - {code: quota, method: attainment, bands: [{from: 100, percent: 10}]}
  - {code: trained, method: milestone, measure: 'activity:trainings', at: 2, amount: 25}
"""


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


def row(
    participant: str = "SHOP", measure: str = "revenue", start: str = "2026-07-01", target: str = "1000"
) -> dict[str, str]:
    return {"participant": participant, "measure": measure, "period_start": start, "target": target}


def import_targets(*rows: dict[str, str], dry_run: bool = False) -> list[str]:
    with transaction():
        return [one.outcome for one in import_rows(list(enumerate(rows, 2)), "crm", SYSTEM, dry_run=dry_run)]


def test_targets_are_new_the_same_or_changed(channel: Channel) -> None:
    mine = (row(), row("ana@shop.example", "activity:trainings", target="3"))
    assert import_targets(*mine, dry_run=True) == ["new", "new"]
    assert read_targets_frame().is_empty()
    assert import_targets(*mine) == ["new", "new"]
    assert import_targets(row(), row("ana@shop.example", "activity:trainings", target="4.5")) == ["same", "changed"]
    assert read_targets_frame().sort("measure").rows() == [
        ("person", channel.seller.id, "activity:trainings", clock.day_number(dt.date(2026, 7, 1)), 45_000),
        ("partner", channel.shop.id, "revenue", clock.day_number(dt.date(2026, 7, 1)), 10_000_000),
    ]


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"participant": "NOBODY"}, "participant", "There is no partner"),
        ({"participant": "who@nowhere.example"}, "participant", "Nobody has the address"),
        ({"measure": "sunshine"}, "measure", "Name a measure"),
        ({"start": "1.7.2026"}, "period_start", "is no date"),
        ({"start": ""}, "period_start", "first day of the period"),
        ({"target": "-1"}, "target", "from 0"),
        ({"target": "1.00001"}, "target", "four decimals"),
        ({"target": "1e3"}, "target", "from 0"),
    ],
)
def test_a_target_that_makes_no_sense_names_its_column(
    channel: Channel, values: dict[str, str], column: str, words: str
) -> None:
    (outcome,) = import_rows([(2, row(**values))], "crm", SYSTEM, dry_run=True)
    (error,) = outcome.errors
    assert (outcome.outcome, error.column, words in error.sentence) == ("error", column, True)


def test_a_target_twice_in_a_file_is_refused(channel: Channel) -> None:
    assert import_targets(row(), row(target="5")) == ["new", "error"]


def test_targets_can_be_imported_like_any_file(channel: Channel) -> None:
    offer_targets()
    assert KINDS["targets"].required == ("participant", "measure", "period_start", "target")


def test_targets_never_change(channel: Channel) -> None:
    import_targets(row())
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        session.execute(text("UPDATE target SET target = 9"))


def test_a_quota_pays_against_the_newest_target_known(channel: Channel) -> None:
    publish(channel, QUOTA)
    sell(channel, "WB-1", 1, 150_000, "2026-07-14")
    assert run_full(program_code="quota").earnings["earned"].to_list() == [0]
    with transaction():
        set_target("partner", channel.shop.id, "revenue", dt.date(2026, 7, 1), Decimal(1000))
    rows = run_full(program_code="quota").earnings
    assert rows.select("baseline", "earned").rows() == [(100_000, 15_000)]
    with clock.frozen("2026-08-11T10:00"):
        with transaction():
            set_target("partner", channel.shop.id, "revenue", dt.date(2026, 7, 1), Decimal(2000))
        assert run_full(program_code="quota").earnings["earned"].to_list() == [0]
        then = clock.parse_moment("2026-08-10T12:00")
        assert run_full(program_code="quota", as_of=then).earnings["earned"].to_list() == [15_000]


def test_a_training_counts_as_soon_as_it_is_recorded(channel: Channel) -> None:
    publish(channel, QUOTA)
    done = {"external_id": "T1", "participant": "SHOP", "metric": "trainings", "quantity": "2", "done_on": "2026-07-20"}
    with transaction():
        import_activities([(2, done)], "lms", SYSTEM)
    with transaction():
        posted = run_for(partner_ids={channel.shop.id}, reason="trained", by=SYSTEM)
    assert [(one.component, one.amount) for one in posted] == [("trained", 2500)]
    assert read_facts().facts.today == clock.day_number(dt.date(2026, 8, 10))
