"""What happens at the edges: other processes, missing files, both ways to write a thing."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import update

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict, InvalidInput
from portal.sales.errors import ImportNotReady
from portal.sales.imports import jobs, services
from portal.sales.imports import views as import_views
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.posting import insert_rows
from portal.sales.imports.preview import first_rows
from portal.sales.imports.queries import list_errors, visible_imports
from portal.sales.imports.row_kinds import KINDS, RowKind, register_kind
from portal.sales.journal.frames import read_products_frame
from portal.sales.journal.rules import Sale, is_same_sale, root_id
from portal.sales.products.queries import search_products
from portal.sales.products.services import add_price, add_product
from portal.sales.rates.rules import parse_rate
from portal.sales.rates.services import add_rate
from tests.people import Cast, viewer_of
from tests.sales.conftest import DAY, HEADER, line

pytestmark = pytest.mark.one_database
Importer = Callable[..., ImportJob]


@pytest.mark.parametrize(
    ("worker", "lease", "at_work"),
    [
        ("elsewhere:1", 60, True),
        ("elsewhere:1", -1, False),
        (f"{socket.gethostname()}:{os.getppid()}", 60, True),
        (f"{socket.gethostname()}:{os.getpid()}", 60, False),
        (f"{socket.gethostname()}:4194305", 60, False),
    ],
    ids=["elsewhere", "lapsed", "another", "itself", "gone"],
)
def test_a_process_is_at_work_while_it_lives_and_holds_its_lease(worker: str, lease: int, at_work: bool) -> None:
    job = ImportJob(worker=worker, lease_until=clock.now() + dt.timedelta(seconds=lease))
    assert services.is_at_work(job) is at_work


def test_another_users_process_counts_as_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(pid: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr("portal.sales.imports.services.os.kill", denied)
    job = ImportJob(worker=services.worker_name(), lease_until=clock.now() + dt.timedelta(seconds=9))
    assert services.is_at_work(job)


def test_a_check_whose_process_died_starts_again(checked: Importer) -> None:
    job = checked(line("A"))
    with transaction():
        session.get_one(ImportJob, job.id).state = ImportState.CHECKING
    assert jobs.check_import(job.id).state == ImportState.CHECKED


def test_the_faster_process_wins_a_state(checked: Importer) -> None:
    job = checked(line("A"))
    with transaction():
        mine = session.get_one(ImportJob, job.id)
        statement = update(ImportJob).values(state=ImportState.CANCELED)
        session.execute(statement, execution_options={"synchronize_session": False})
        with pytest.raises(Conflict, match="Somebody else has changed this import"):
            services.move_to(mine, ImportState.POSTING)


def test_a_cancel_is_left_to_the_process_at_work(
    checked: Importer, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(line("A"))
    with transaction():
        services.begin_post(session.get_one(ImportJob, job.id))
    with pytest.MonkeyPatch.context() as patch, transaction():
        patch.setattr(services, "is_at_work", lambda job: True)
        services.cancel_import(session.get_one(ImportJob, job.id), by=viewer_of(cast.admin))
    assert services.parts_folder(job).exists()
    with pytest.raises(jobs.Canceled):
        jobs._post_next_part(job.id)


def test_a_cancel_in_the_last_moment_of_a_check_or_a_posting_holds(
    checked: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(line("A"))
    really = jobs._check

    def canceled_at_the_end(job: ImportJob) -> object:
        found = really(job)
        with transaction():
            session.get_one(ImportJob, job.id).state = ImportState.CANCELED
        return found

    monkeypatch.setattr(jobs, "_check", canceled_at_the_end)
    assert jobs.check_import(job.id).state == ImportState.CANCELED
    assert not services.parts_folder(job).exists()


def test_the_worker_goes_on_after_a_file_it_cannot_read(checked: Importer) -> None:
    job = checked(line("A"))
    Path(job.path).write_bytes(b"")
    with transaction():
        session.get_one(ImportJob, job.id).state = ImportState.UPLOADED
    assert jobs.run_waiting_imports() == 1
    assert jobs._job(job.id).failure == "Line 1: The file is empty. Its first line must name the columns."
    assert list_errors(ImportJob(folder="/nowhere")) == []


def test_rows_of_one_id_stay_in_one_part(imported: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sales.imports.sales_check.PART", 2)
    job = imported(line("A"), *[line("B")] * 4, line("C"))
    assert (job.new, job.same) == (3, 3)


def test_many_rows_are_compared_by_a_range_of_ids(imported: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sales.imports.sales_compare.DENSE", 2)
    rows = [line(key) for key in "ABC"]
    imported(*rows)
    assert imported(*rows).same == 3


def test_generated_rows_are_marked(imported: Importer) -> None:
    imported(line("A") + ",yes", line("B") + ",", header=HEADER + ",generated")
    from portal.sales.journal.queries import find_line

    marks = [found.generated for key in "AB" if (found := find_line("pos", key)) is not None]
    assert marks == [True, False]


def test_a_preview_shows_the_first_rows_while_the_file_is_there(checked: Importer) -> None:
    job = checked(line("A"), line("B", sku="NOPE"))
    preview = first_rows(job)
    assert preview is not None
    assert [said for _, _, said in preview.rows] == ["", "sku: Unknown SKU “NOPE”."]
    Path(job.path).write_text(HEADER + "\n")
    assert first_rows(job) is None
    Path(job.path).unlink()
    assert first_rows(job) is None


def test_files_are_found_when_the_data_folder_has_moved(
    checked: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    job = checked(line("A"), line("B", sku="NOPE"))
    assert (job.written_path, job.written_folder) == ("file-1.csv", f"imports/import-{job.id}")
    assert services.errors_path(job).exists()
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(moved)
    monkeypatch.setenv("PORTAL_DATA", str(moved))
    assert job.path == str(moved / "file-1.csv")
    assert jobs.post_import(job.id).new == 1
    old = ImportJob(written_path="/srv/portal/imports/7", folder=str(moved / "imports" / "import-7"))
    assert (old.path, old.written_folder) == ("/srv/portal/imports/7", "imports/import-7")


def test_rooms_above_may_bring_kinds_of_their_own(cast: Cast) -> None:
    kind = RowKind(("a",), (), lambda rows, source, by, *, dry_run: [])
    register_kind("weather", kind)
    assert KINDS.pop("weather") is kind
    assert session.scalars(visible_imports(viewer_of(cast.seller))).all() == []


def test_search_finds_what_is_typed_and_guesses_what_was_meant(cast: Cast) -> None:
    assert [product.sku for product in search_products("sport")] == ["HL-U509"]
    assert [product.sku for product in search_products("helmet black")] == ["HL-U509"]
    assert [product.sku for product in search_products("spotr helmet")] == ["HL-U509"]
    assert search_products("  ") == []
    assert read_products_frame()["sku"].to_list() == ["HL-U509", "RA-H123"]


def test_products_and_rates_are_refused_in_words(cast: Cast) -> None:
    with transaction():
        with pytest.raises(Conflict, match="already a product"):
            add_product("hl-u509", "Helmet")
        product = add_product("X", "X")
        with pytest.raises(InvalidInput, match="no currency code"):
            add_price(product, valid_from=DAY, currency="usd")
        with pytest.raises(InvalidInput, match="no currency code"):
            add_rate("EUR", "US", DAY, 1)
        with pytest.raises(InvalidInput, match="says nothing"):
            add_rate("EUR", "EUR", DAY, 1)
    assert parse_rate("1.1000") == (11_000_000_000, False)


def test_sales_far_apart_are_not_the_same() -> None:
    first = Sale("F1", None, DAY)
    assert not is_same_sale(first, Sale("F1", None, DAY + dt.timedelta(days=8)))
    assert root_id("A~r3") == root_id("A~x1") == "A"


def test_a_file_the_worker_is_already_checking_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_job_id: int) -> None:
        raise ImportNotReady("Another process is checking it.")

    monkeypatch.setattr(import_views, "check_import", busy)
    import_views._check_now(7)


def test_no_rows_are_written_without_a_statement(db: object) -> None:
    with transaction():
        insert_rows(session.connection(), pl.DataFrame(), 1, "pos")
