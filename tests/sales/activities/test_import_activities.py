"""Activities come in by file, once, and are counted by plans that ask for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.core.db import session, transaction
from portal.partners.mergers.services import record_merger
from portal.sales.activities.frames import read_activities_frame
from portal.sales.activities.models import Activity
from portal.sales.imports.models import ImportJob
from portal.sales.imports.queries import list_errors
from tests.people import Cast, fresh, viewer_of

HEADER = "external_id,participant,metric,quantity,done_on,seller"
Import = Callable[..., ImportJob]


def activities(imported: Import, *rows: str) -> ImportJob:
    return imported(*rows, header=HEADER, kind="activities", source="lms")


def test_activities_of_shops_and_people_come_in_once(cast: Cast, imported: Import) -> None:
    shop, seller = cast.shop, cast.seller
    rows = (f"T1,{shop.code},trainings,2,2026-03-10,", f"T2,{seller.email},demos,1,2026-03-11,",
            f"T3,{shop.code},demos,-1,2026-03-12,{seller.email}")  # fmt: skip
    job = activities(imported, *rows)
    assert (job.new, job.same, job.error) == (3, 0, 0)
    found = read_activities_frame().select("partner_id", "seller_id", "metric", "quantity", "external_id").rows()
    assert found == [
        (shop.id, None, "trainings", 2, "T1"),
        (shop.id, seller.id, "demos", 1, "T2"),
        (shop.id, seller.id, "demos", -1, "T3"),
    ]
    again = activities(imported, *rows)
    assert (again.new, again.same) == (0, 3)
    assert read_activities_frame(partner_ids=[]).is_empty()


def test_the_same_id_with_other_content_is_a_conflict(cast: Cast, imported: Import) -> None:
    activities(imported, f"T1,{cast.shop.code},trainings,2,2026-03-10,")
    job = activities(imported, f"T1,{cast.shop.code},trainings,3,2026-03-10,")
    assert (job.new, job.conflict) == (0, 1)
    assert [row.quantity for row in session.scalars(select(Activity))] == [2]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",{shop},trainings,2,2026-03-10,", "external_id", "Write an id"),
        ("T1,{shop},=cmd,2,2026-03-10,", "metric", "letters and digits"),
        ("T1,{shop},trainings,1.5,2026-03-10,", "quantity", "whole number"),
        ("T1,{shop},trainings,1,10.3.2026,", "done_on", "is no date"),
        ("T1,{shop},trainings,1,,", "done_on", "The day is missing"),
        ("T1,NOBODY,trainings,1,2026-03-10,", "participant", "There is no partner NOBODY"),
        ("T1,who@nowhere.example,trainings,1,2026-03-10,", "participant", "Nobody at a partner"),
        ("T1,{rival},trainings,1,2026-03-10,{seller}", "seller", "Nobody at"),
    ],
)
def test_a_row_that_cannot_count_names_its_column(
    cast: Cast, imported: Import, row: str, column: str, words: str
) -> None:
    job = activities(imported, row.format(shop=cast.shop.code, rival=cast.rival_shop.code, seller=cast.seller.email))
    (error,) = list_errors(job)
    assert (job.new, job.error, error["column"], words in error["reason"]) == (0, 1, column, True)


def test_an_id_twice_in_a_file_counts_once(cast: Cast, imported: Import) -> None:
    row = f"T1,{cast.shop.code},trainings,2,2026-03-10,"
    job = activities(imported, row, row)
    assert (job.new, job.error) == (1, 1)


def test_activities_never_change(cast: Cast, imported: Import) -> None:
    activities(imported, f"T1,{cast.shop.code},trainings,2,2026-03-10,")
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        session.execute(text("UPDATE activity SET quantity = 9"))


def test_activities_of_a_merged_shop_count_for_the_joint_one_from_its_day_on(cast: Cast, imported: Import) -> None:
    old, new = cast.rival_shop, cast.shop
    activities(imported, f"T1,{old.code},trainings,1,2026-02-28,", f"T2,{old.code},trainings,1,2026-03-01,")
    with transaction():
        record_merger(
            fresh(old), fresh(new), valid_from=dt.date(2026, 3, 1), reason="one owner",
            by=viewer_of(cast.channel_manager),
        )  # fmt: skip
    assert read_activities_frame().select("partner_id", "external_id").rows() == [(old.id, "T1"), (new.id, "T2")]
