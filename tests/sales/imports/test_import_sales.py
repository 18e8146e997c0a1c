"""Sales files: what is new, the same, in conflict or wrong; nothing counts before it is confirmed."""

# ruff: noqa: E501 - a row and the sentence about it belong on one line

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from portal.core.db import session, transaction
from portal.core.errors import Conflict, InvalidInput
from portal.sales.errors import FileRefused, ImportNotReady
from portal.sales.imports import jobs, services
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.queries import list_errors
from portal.sales.journal.frames import read_sales_frame
from portal.sales.journal.models import JournalBatch, SaleLine
from portal.sales.journal.queries import find_line
from portal.security.viewer import SYSTEM
from tests.people import Cast
from tests.sales.conftest import DAY, HEADER, line

Importer = Callable[..., ImportJob]


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """New, same, conflict, error."""
    return job.new, job.same, job.conflict, job.error


def reasons(job: ImportJob) -> list[str]:
    """Every complaint as "line column: reason"."""
    return [f"{error['line']} {error['column']}: {error['reason']}" for error in list_errors(job)]


def test_the_same_file_twice_changes_nothing(imported: Importer) -> None:
    rows = (line("A"), line("B", 3, "104.97"), line("C", -1, "-34.99", returns="A"))
    first = imported(*rows)
    before = read_sales_frame(names=True)
    second = imported(*rows)
    assert counts(first) == (3, 0, 0, 0)
    assert counts(second) == (0, 3, 0, 0)
    assert read_sales_frame(names=True).equals(before)


def test_nothing_counts_before_it_is_confirmed(checked: Importer) -> None:
    job = checked(line("A"))
    assert (job.state, job.new) == (ImportState.CHECKED, 1)
    assert session.scalar(select(func.count()).select_from(SaleLine)) == 0
    jobs.post_import(job.id)
    assert read_sales_frame().height == 1


def test_a_known_id_with_other_content_is_a_conflict_and_overwrites_nothing(imported: Importer) -> None:
    imported(line("A", 1, "34.99"))
    again = imported(line("A", 2, "69.98"))
    assert counts(again) == (0, 0, 1, 0)
    assert reasons(again) == ["2 external_id: Already in the journal with another quantity: 1 there, 2 here."]
    found = find_line("pos", "A")
    assert found is not None
    assert found.quantity == 1


def test_the_same_id_of_another_source_is_another_line(imported: Importer) -> None:
    imported(line("A"))
    assert counts(imported(line("A"), source="erp")) == (1, 0, 0, 0)


def test_a_row_repeated_in_one_file_is_the_same_and_a_changed_one_a_conflict(imported: Importer) -> None:
    job = imported(line("A"), line("A"), line("A", 2, "1"))
    assert counts(job) == (1, 1, 1, 0)
    assert reasons(job) == ["4 external_id: Line 2 of this file has the same external_id and other content."]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X,NOBODY,HL-U509,1,1.00,USD,2026-03-10,,,,,", "2 partner: Unknown partner “NOBODY”."),
        ("X,AW00000290,HELMET,1,1.00,USD,2026-03-10,,,,,", "2 sku: Unknown SKU “HELMET”."),
        ("X,,HL-U509,1,1.00,USD,2026-03-10,,,,,", "2 partner: The partner is missing."),
        ("X,AW00000290,HL-U509,1.5,1.00,USD,2026-03-10,,,,,", "2 quantity: “1.5” is not a whole number such as 3 or -1."),
        ("X,AW00000290,HL-U509,9999999999,1.00,USD,2026-03-10,,,,,", "2 quantity: 9999999999 is more than 1,000,000,000 units."),
        ("X,AW00000290,HL-U509,1,1e3,USD,2026-03-10,,,,,", "2 amount: “1e3” is not a plain number such as 1234.50."),
        ('X,AW00000290,HL-U509,1,"12,50",USD,2026-03-10,,,,,', "2 amount: “12,50” has a decimal comma. Write a point: 12.50."),
        ("X,AW00000290,HL-U509,1,=1+1,USD,2026-03-10,,,,,", "2 amount: “=1+1” is a formula. Save the value instead."),
        ("X,AW00000290,HL-U509,1,1.005,USD,2026-03-10,,,,,", "2 amount: 1.005 has more decimals than USD has."),
        ("X,AW00000290,HL-U509,1,1.5,JPY,2026-03-10,,,,,", "2 amount: 1.5 has more decimals than JPY has."),
        ("X,AW00000290,HL-U509,1,100000000000.01,USD,2026-03-10,,,,,", "2 amount: 100000000000.01 is larger than an amount may be here."),
        ("X,AW00000290,HL-U509,1,,USD,2026-03-10,,,,,", "2 amount: Amount and unit price are both empty. Fill in one of them."),
        ("X,AW00000290,HL-U509,1,1.00,usd,2026-03-10,,,,,", "2 currency: “usd” is no currency code. Write it like USD."),
        ("X,AW00000290,HL-U509,1,1.00,USD,10.03.2026,,,,,", "2 sold_on: “10.03.2026” is no date. Write it like 2026-03-31."),
        ("X,AW00000290,HL-U509,1,1.00,USD,2026-02-30,,,,,", "2 sold_on: “2026-02-30” is no date. Write it like 2026-03-31."),
        ("X,AW00000290,HL-U509,1,1.00,USD,1066-10-14,,,,,", "2 sold_on: 1066-10-14 lies outside 1900 to 2199."),
        ("X,AW00000290,HL-U509,1,1.00,USD,2026-03-10,=cmd(),,,,", "2 invoice_no: “=cmd()” is a formula. Save the value instead."),
        (f"X,AW00000290,HL-U509,1,1.00,USD,2026-03-10,{'9' * 65},,,,", "2 invoice_no: Longer than 64 characters."),
        ("X,AW00000290,HL-U509,1,1.00,USD,2026-03-10,a\tb,,,,", "2 invoice_no: There is an invisible control character."),
        ("X,AW00000290,HL-U509,1,1.00,USD,2026-03-10,,who@else.example,,,", "2 seller: Unknown seller “who@else.example”."),
        ("X,AW00000290,HL-U509,1,1.00,USD,2026-03-10,,,,sideways,", "2 flow: “sideways” is no flow. Use sell_in, sell_through, sell_out."),
        (",AW00000290,HL-U509,1,1.00,USD,2026-03-10,,,,,", "2 external_id: The external_id is missing."),
        ("X~r2,AW00000290,HL-U509,1,1.00,USD,2026-03-10,,,,,", "2 external_id: Ids that end in ~r2 or ~x1 are the portal's own."),
        ("X,AW00000290,HL-U509,2,1.00,USD,2026-03-10,,,S1,,", "2 serial_no: A line with a serial number is one unit: 1, or -1 taken back."),
        ("X,AW00000290,HL-U509", "2 sku: The row has 3 cells and the header 12. Quote cells that contain a comma."),
    ],
)  # fmt: skip
def test_every_wrong_cell_is_named_with_line_column_and_mend(checked: Importer, row: str, reason: str) -> None:
    job = checked(row, line("GOOD"))
    assert counts(job)[0] == 1
    assert job.error == 1
    assert reasons(job) == [reason]


@pytest.mark.one_database
def test_a_unit_price_makes_the_amount_when_it_comes_out_exactly(imported: Importer) -> None:
    header = "external_id,partner,sku,quantity,unit_price,amount,currency,sold_on"
    rows = ("A,AW00000290,HL-U509,4,2.125,,USD,2026-03-10", "B,AW00000290,HL-U509,3,2.125,,USD,2026-03-10",
            "C,AW00000290,HL-U509,-3,2.10,-5.00,USD,2026-03-10")  # fmt: skip
    job = imported(*rows, header=header)
    assert reasons(job) == ["3 unit_price: 3 x 2.125 does not come out in whole minor units of USD. Write the amount."]
    assert read_sales_frame()["amount"].to_list() == [850, -500]


@pytest.mark.one_database
def test_a_file_without_amounts_or_prices_is_refused(checked: Importer) -> None:
    with pytest.raises(FileRefused, match="The header lacks: amount"):
        checked("A,AW00000290,HL-U509,1,USD,2026-03-10", header="external_id,partner,sku,quantity,currency,sold_on")


@pytest.mark.one_database
def test_an_empty_table_is_imported_as_nothing(imported: Importer) -> None:
    job = imported()
    assert (job.state, job.total, job.new) == (ImportState.DONE, 0, 0)
    assert session.scalars(select(JournalBatch.state)).all() == ["discarded"]


def test_a_return_inherits_day_seller_and_serial_of_the_line_it_takes_back(imported: Importer, cast: Cast) -> None:
    imported(line("A", seller="seller@demo.example", serial="S1", flow="sell_out"))
    imported(line("R", -1, "-34.99", day=DAY + dt.timedelta(days=40), returns="A", flow=""))
    found, original = find_line("pos", "R"), find_line("pos", "A")
    assert found is not None
    assert original is not None
    assert (found.origin_on, found.seller_id, found.serial_no, found.flow) == (DAY, cast.seller.id, "S1", "sell_out")
    assert found.returns_line_id == original.id


def test_no_more_comes_back_than_was_sold(imported: Importer) -> None:
    imported(line("A", 3, "104.97"), line("R1", -2, "-69.98", returns="A"))
    job = imported(line("R2", -1, "-34.99", returns="A"), line("R3", -1, "-34.99", returns="A"))
    assert counts(job) == (1, 0, 0, 1)
    assert reasons(job) == ["3 returns: More comes back than is left of “A”: 1 before this file."]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line("R", -1, "-1", returns="ZZ"), "There is no line “ZZ” of pos, neither in this file nor in the journal."),
        (line("R", -1, "-1", returns="A", sku="RA-H123"), "“A” was a sale of another SKU."),
        (line("R", -1, "-1", returns="A", partner="AW00000650"), "“A” was sold to another partner."),
        (line("R", 1, "1", returns="A"), "A return of “A” has the opposite quantity."),
        (line("R", -1, "-1", returns="A", day=DAY - dt.timedelta(days=1)), "“A” was sold on a later day than this return."),
        (line("R", -1, "-1", returns="B"), "“B” takes another line back itself, so it cannot be returned."),
        (line("R", -1, "-1", returns="A").replace("USD", "EUR"), "“A” was a sale in another currency."),
    ],
)  # fmt: skip
def test_a_return_that_fits_no_line_is_refused_in_words(imported: Importer, row: str, reason: str) -> None:
    imported(line("A", 2, "69.98"), line("B", -1, "-34.99", returns="A"))
    assert reasons(imported(row)) == [f"2 returns: {reason}"]


def test_a_serial_number_is_sold_once_until_it_comes_back(imported: Importer) -> None:
    imported(line("A", serial="S1"))
    twice = imported(line("B", serial="S1"))
    assert reasons(twice) == ["2 serial_no: Serial number “S1” is sold already; a return frees it."]
    assert counts(imported(line("B2", serial="S1", flow="sell_out"))) == (1, 0, 0, 0)
    assert counts(imported(line("R", -1, "-34.99", returns="A"), line("C", serial="S1"))) == (2, 0, 0, 0)
    never = imported(line("D", -1, "-34.99", serial="S9"))
    assert reasons(never) == ["2 serial_no: Serial number “S9” comes back but is not sold."]


def test_without_ids_equal_sales_are_told_apart_and_resent_files_change_nothing(imported: Importer) -> None:
    header = "partner,sku,quantity,amount,currency,sold_on,invoice_no"
    rows = ["AW00000290,HL-U509,1,34.99,USD,2026-03-10,F1"] * 2 + ["AW00000290,HL-U509,1,34.99,USD,2026-03-10,F2"]
    first = imported(*rows, header=header)
    assert counts(first) == (3, 0, 0, 0)
    assert "The file has no external_id" in jobs.notes_of(first)[0]
    assert counts(imported(*rows, header=header)) == (0, 3, 0, 0)


@pytest.mark.one_database
def test_unknown_columns_are_reported_and_ignored(imported: Importer) -> None:
    job = imported(line("A") + ",red", header=HEADER + ",color")
    assert jobs.notes_of(job) == ["Columns that are not known here and were left out: color."]


def test_a_killed_import_goes_on_where_it_stopped(checked: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sales.imports.sales_check.PART", 2)
    rows = [line(f"K{number}") for number in range(5)]
    job = checked(*rows)
    with transaction():
        services.begin_post(session.get_one(ImportJob, job.id))
    assert jobs._post_next_part(job.id)
    assert read_sales_frame().height == 0
    assert session.scalar(select(func.count()).select_from(SaleLine)) == 2
    done = jobs.post_import(job.id)
    assert (done.state, done.done_rows) == (ImportState.DONE, 5)
    assert read_sales_frame()["line_id"].n_unique() == 5


def test_an_import_whose_checked_parts_vanished_posts_nothing_and_says_so(checked: Importer) -> None:
    job = checked(line("A"))
    shutil.rmtree(services.parts_folder(job))
    with pytest.raises(Conflict, match="upload it again"):
        jobs.post_import(job.id)
    assert jobs._job(job.id).state == ImportState.FAILED
    assert session.scalar(select(func.count()).select_from(SaleLine)) == 0


def test_what_a_dead_import_left_is_removed_by_the_next_of_its_source(checked: Importer, imported: Importer) -> None:
    dead = checked(line("A"), line("B"))
    with transaction():
        services.begin_post(session.get_one(ImportJob, dead.id))
    jobs._post_next_part(dead.id)
    assert counts(imported(line("A"), line("C"))) == (2, 0, 0, 0)
    assert jobs._job(dead.id).state == ImportState.FAILED
    assert sorted(session.scalars(select(SaleLine.external_id))) == ["A", "C"]


def test_a_live_import_of_the_same_source_is_waited_for(checked: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    live, other = checked(line("A")), checked(line("B"))
    monkeypatch.setattr(services, "is_at_work", lambda job: job.id == live.id)
    with transaction():
        session.get_one(ImportJob, live.id).state = ImportState.POSTING
    with pytest.raises(Conflict, match="Another file of pos is being posted"):
        jobs.post_import(other.id)
    with pytest.raises(Conflict, match="being posted by another process"):
        jobs.post_import(live.id)


def test_a_canceled_import_leaves_no_row(checked: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sales.imports.sales_check.PART", 1)
    job = checked(line("A"), line("B"))
    with transaction():
        services.begin_post(session.get_one(ImportJob, job.id))
    jobs._post_next_part(job.id)
    with transaction():
        services.cancel_import(session.get_one(ImportJob, job.id), by=SYSTEM)
    assert session.scalar(select(func.count()).select_from(SaleLine)) == 0
    with pytest.raises(ImportNotReady, match="is canceled"):
        jobs.post_import(job.id)


def test_a_cancel_while_another_process_posts_is_noticed_by_it(
    checked: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(line("A"))

    def cancel_meanwhile(job_id: int) -> bool:
        with transaction():
            session.get_one(ImportJob, job_id).state = ImportState.CANCELED
        return False

    monkeypatch.setattr(jobs, "_post_next_part", cancel_meanwhile)
    assert jobs.post_import(job.id).state == ImportState.CANCELED
    assert session.scalars(select(JournalBatch.state)).all() == ["discarded"]


def test_a_cancel_while_a_file_is_checked_ends_the_check(checked: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    job = checked(line("A"))

    def canceled(job: ImportJob) -> None:
        with transaction():
            session.get_one(ImportJob, job.id).state = ImportState.CANCELED
        jobs._progress_of(job.id)(1)

    monkeypatch.setattr(jobs, "_check", canceled)
    assert jobs.check_import(job.id).state == ImportState.CANCELED


def test_a_journal_that_moved_since_the_check_is_looked_at_again(checked: Importer, imported: Importer) -> None:
    first, second = checked(line("A"), line("B")), checked(line("A"))
    jobs.post_import(second.id)
    with pytest.raises(Conflict, match="Look at the new figures"):
        jobs.post_import(first.id)
    assert counts(jobs.post_import(first.id)) == (1, 1, 0, 0)


def test_the_worker_takes_up_what_waits(checked: Importer) -> None:
    posting, waiting = checked(line("A")), checked(line("B"))
    with transaction():
        services.begin_post(session.get_one(ImportJob, posting.id), working=False)
        session.get_one(ImportJob, waiting.id).state = ImportState.UPLOADED
    assert jobs.run_waiting_imports() == 2
    assert jobs._job(posting.id).state == ImportState.DONE
    assert jobs._job(waiting.id).state == ImportState.CHECKED


@pytest.mark.one_database
def test_a_source_of_the_portal_itself_is_refused(checked: Importer) -> None:
    with pytest.raises(InvalidInput, match="a source of the portal itself"):
        checked(line("A"), source="claims")
    with pytest.raises(InvalidInput, match="cannot name a source"):
        checked(line("A"), source="a/b")
