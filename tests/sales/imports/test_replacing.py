"""A file that replaces what its source sent: vanished lines are reversed, changed ones written anew, new ones added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from portal.core.db import transaction
from portal.core.errors import InvalidInput
from portal.sales.imports.jobs import notes_of, post_import
from portal.sales.imports.models import ImportJob
from portal.sales.journal.frames import read_sales_frame
from portal.sales.journal.matching import credit_seller
from portal.sales.journal.queries import find_line
from tests.people import Cast
from tests.sales.conftest import DAY, line
from tests.sales.imports.test_import_sales import reasons

Importer = Callable[..., ImportJob]
MARCH = {"mode": "replace", "since": dt.date(2026, 3, 1), "until": dt.date(2026, 4, 1)}


def units_by_id() -> dict[str, int]:
    """Net units of each id the source knows."""
    frame = read_sales_frame(names=True)
    root = frame["external_id"].str.replace(r"~[rx][0-9]+$", "")
    net: dict[str, int] = {}
    for key, quantity in zip(root, frame["quantity"], strict=True):
        net[key] = net.get(key, 0) + quantity
    return net


def test_a_replacing_file_is_the_truth_of_its_days(imported: Importer) -> None:
    imported(line("A"), line("B", 2), line("C", 3), line("OLD", 9, day=dt.date(2026, 2, 1)))
    job = imported(line("A"), line("B", 5), line("D", 4), **MARCH)
    assert (job.new, job.same, job.changed, job.reversed) == (1, 1, 1, 2)
    assert units_by_id() == {"A": 1, "B": 5, "C": 0, "D": 4, "OLD": 9}
    renewed = find_line("pos", "B~r2")
    original = find_line("pos", "B")
    assert renewed is not None
    assert original is not None
    assert renewed.corrects_line_id == original.id


def test_the_same_replacing_file_twice_changes_nothing(imported: Importer) -> None:
    imported(line("A"), line("B", 2))
    rows = (line("A", 7), line("C"))
    imported(*rows, **MARCH)
    before = read_sales_frame(names=True)
    again = imported(*rows, **MARCH)
    assert (again.new, again.same, again.changed, again.reversed) == (0, 2, 0, 0)
    assert read_sales_frame(names=True).equals(before)


def test_a_line_that_vanished_may_come_back(imported: Importer) -> None:
    imported(line("A"))
    imported(line("B"), **MARCH)
    imported(line("A"), line("B"), **MARCH)
    assert units_by_id() == {"A": 1, "B": 1}


def test_an_empty_replacing_file_takes_everything_of_its_days_back(imported: Importer) -> None:
    imported(line("A"), line("B", 2))
    job = imported(**MARCH)
    assert job.reversed == 2
    assert units_by_id() == {"A": 0, "B": 0}


@pytest.mark.one_database
def test_a_replacing_file_with_errors_or_other_days_posts_nothing(checked: Importer, imported: Importer) -> None:
    imported(line("A"), line("B"))
    job = checked(line("A"), line("X", sku="NOPE"), **MARCH)
    assert (job.new, job.reversed) == (0, 0)
    assert "must be free of errors" in notes_of(job)[-1]
    post_import(job.id)
    assert units_by_id() == {"A": 1, "B": 1}
    outside = checked(line("A"), line("Y", day=dt.date(2026, 5, 1)), **MARCH)
    assert reasons(outside) == ["3 sold_on: Outside the range to be replaced."]


def test_serials_and_returns_are_held_in_a_replacing_file_too(imported: Importer, checked: Importer) -> None:
    imported(line("A", serial="S1"), line("B", 2), line("R", -1, "-34.99", returns="B"))
    moved = imported(line("A2", serial="S1"), line("B", 2), line("R", -1, "-34.99", returns="B"), **MARCH)
    assert (moved.new, moved.same, moved.reversed) == (1, 2, 1)
    late = line("R2", -1, "-34.99", returns="B", day=dt.date(2026, 4, 5))
    imported(late)
    stays = checked(line("A2", serial="S1"), line("R", -1, "-34.99", returns="A2"), **MARCH)
    assert stays.error > 0
    imported(line("Z", serial="S7", day=dt.date(2026, 4, 6)))
    taken = checked(line("A2", serial="S1"), line("B", 2), line("R", -1, "-34.99", returns="B"),
                    line("N", serial="S7"), **MARCH)  # fmt: skip
    assert reasons(taken) == ["5 serial_no: Serial number “S7” is sold already; a return frees it."]
    gone = checked(line("A2", serial="S1"), **MARCH)
    assert "This line has a return that stays." in reasons(gone)[0]


def test_what_a_claim_credited_stays_credited_on_the_new_version(imported: Importer, cast: Cast) -> None:
    imported(line("A", flow="sell_out"))
    with transaction():
        found = find_line("pos", "A")
        assert found is not None
        credit_seller(found, cast.seller.id, 77)
    imported(line("A", 2, flow="sell_out"), **MARCH)
    sellers = read_sales_frame()["seller_id"].to_list()
    assert sellers == [cast.seller.id] * 3


@pytest.mark.one_database
def test_replacing_needs_two_days(checked: Importer) -> None:
    with pytest.raises(InvalidInput, match="needs a first day"):
        checked(line("A"), mode="replace", since=DAY)
