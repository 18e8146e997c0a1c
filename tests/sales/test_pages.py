"""The pages of the sales room, as the people who use them see them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.db import session, transaction
from portal.sales.imports.models import ImportJob, ImportState, WaitingRow
from portal.sales.journal.frames import read_sales_frame
from portal.sales.journal.queries import find_line
from tests.people import Cast, log_in
from tests.sales.conftest import HEADER, line
from tests.support.statements import statements

pytestmark = pytest.mark.one_database
Importer = Callable[..., ImportJob]


@pytest.fixture
def db(app: Flask) -> object:
    """The app's own database."""
    return session


@pytest.fixture
def manager(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The channel manager's browser."""
    log_in(client, cast.channel_manager)
    return client


def upload(client: FlaskClient, *rows: str, name: str = "late.csv", **values: str) -> str:
    """Upload a sales file and return where the browser is sent, or the page with the refusal."""
    data = "\n".join((HEADER, *rows)).encode()
    answer = client.post("/imports/upload", data={"kind": "sales", "source": "pos", "flow": "sell_in", "mode": "add",
                                                  "file": (io.BytesIO(data), name)} | values)  # fmt: skip
    return answer.location or answer.get_data(as_text=True)


def page(client: FlaskClient, url: str, status: int = 200) -> str:
    """A page's text."""
    answer = client.get(url)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_walk_of_a_late_file(manager: FlaskClient, imported: Importer) -> None:
    imported(line("SO61195-19", 5, "360.00", sku="RA-H123"), line("SO61195-10", 4, "83.98"), line("SO61195-11", 4, "1"))
    place = upload(
        manager, line("SO61195-19-R1", -3, "-216.00", sku="RA-H123", returns="SO61195-19"),
        line("SO61195-10", 4, "83.98"), line("SO61195-11", 5, "104.97"), line("SO61195-30", sku="RA-H999"),
    )  # fmt: skip
    text = page(manager, place)
    for expected in ("Unknown SKU “RA-H999”.", "Already in the journal with another quantity: 4 there, 5 here."):
        assert expected in text
    job = session.scalars(select(ImportJob).order_by(ImportJob.id.desc())).first()
    assert job is not None
    assert (job.new, job.same, job.conflict, job.error, job.waiting) == (1, 1, 1, 1, 1)
    errors = manager.get(f"/imports/{job.id}/errors.csv")
    assert "attachment" in errors.headers["Content-Disposition"]
    assert errors.get_data(as_text=True).splitlines()[0] == "line,column,value,reason"
    assert read_sales_frame()["quantity"].sum() == 13
    done = manager.post(f"/imports/{job.id}/confirm", follow_redirects=True)
    assert "late.csv is in: 1 new." in done.get_data(as_text=True)
    assert read_sales_frame()["quantity"].sum() == 10
    assert manager.post(f"/imports/{job.id}/confirm").status_code == 409
    assert "late.csv" in page(manager, "/imports")
    assert page(manager, "/imports?q=nothing&kind=sales&state=done")


def test_a_name_is_matched_once_and_can_be_undone(manager: FlaskClient) -> None:
    place = upload(manager, line("A"), line("B", sku="HL U509"), line("C", sku="HL U509"))
    manager.post(f"{place}/confirm")
    text = page(manager, "/names")
    assert "2 rows wait" in text
    assert "HL-U509" in text
    chosen = {"source": "pos", "noun": "sku", "name": "HL U509"}
    assert manager.post("/names/match", data=chosen | {"code": "NOPE"}).status_code == 422
    assert manager.post("/names/match", data=chosen).status_code == 422
    manager.post("/names/match", data=chosen | {"code": "RA-H123"})
    assert read_sales_frame().height == 3
    assert manager.post("/names/match", data=chosen | {"code": "RA-H123"}).status_code == 409
    assert manager.post("/names/1/undo").status_code == 303
    assert read_sales_frame()["quantity"].sum() == 1
    assert manager.post("/names/1/undo").status_code == 404
    manager.post("/names/match", data=chosen | {"code": "HL-U509"})
    assert read_sales_frame()["quantity"].sum() == 3
    assert find_line("pos", "B~r2") is not None
    assert set(session.scalars(select(WaitingRow.state))) == {"settled"}
    again = upload(manager, line("D", sku="HL U509"))
    assert "Unknown SKU" not in page(manager, again)
    assert "Undo" in page(manager, "/names")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"a,b", "This is no CSV file."),
        ("a.csv", b"%PDF-1.7", "The content is no CSV text"),
        ("a.csv", b"\x1f\x8b123", "The content is no CSV text"),
        ("a.csv", b" ", "The file is empty."),
        ("a.csv", b"x" * (10 * 2**20 + 1), "The file is larger than 10 MB."),
        ("a.csv", b"a;b\n1;2\n", "Columns are separated by semicolons"),
        ("a.csv", b"a,b\n1,2\n", "The header lacks: partner, sku, quantity, currency, sold_on"),
    ],
)
def test_a_refused_upload_leaves_nothing_behind(
    manager: FlaskClient, app: Flask, name: str, content: bytes, sentence: str
) -> None:
    folder: Path = app.extensions["settings"].data_dir / "imports"
    data = {"kind": "sales", "source": "", "flow": "sell_in", "mode": "add", "file": (io.BytesIO(content), name)}
    answer = manager.post("/imports/upload", data=data)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.scalars(select(ImportJob)).all() == []
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_refused_choice_keeps_what_was_typed(manager: FlaskClient, app: Flask) -> None:
    text = upload(manager, line("A"), source="claims")
    assert "a source of the portal itself" in text
    assert 'value="claims"' in text
    assert list((app.extensions["settings"].data_dir / "imports").iterdir()) == []
    assert "needs a first day" in upload(manager, line("A"), mode="replace")
    assert page(manager, "/imports/upload?kind=products")


def test_a_source_that_never_sent_anything_is_told_apart_from_those_that_did(
    manager: FlaskClient, imported: Importer
) -> None:
    imported(line("SO61195-10", 4, "83.98"), source="erp")
    assert 'list="sources"' in page(manager, "/imports/upload?kind=sales&source=erp")
    text = page(manager, "/imports/upload?kind=sales&source=erp")
    assert '<option value="erp">' in text
    assert 'value="erp"' in text.partition("<datalist")[0]
    strange = page(manager, upload(manager, line("SO61195-10", 4, "83.98"), source=""))
    assert "No sales came from “import” before; they came from erp." in strange
    assert "count a second time" in strange
    assert "No sales came from" not in page(manager, upload(manager, line("SO61195-10", 4, "83.98"), source="erp"))


def test_large_files_are_left_to_the_worker_and_watched(manager: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sales.imports.views.INLINE_BYTES", 1)
    place = upload(manager, line("A"))
    assert "Waiting for the worker" in page(manager, place)
    assert manager.get(f"{place}/progress?seen=uploaded-0").status_code == 204
    assert "Waiting for the worker" in page(manager, f"{place}/progress")
    assert "Canceled. Nothing of the file was kept." in manager.post(f"{place}/cancel", follow_redirects=True).text
    assert manager.get(f"{place}/progress").status_code == 303
    assert manager.get(f"{place}/errors.csv").status_code == 404
    assert manager.post(f"{place}/cancel").status_code == 409


def test_many_rows_are_posted_by_the_worker(manager: FlaskClient) -> None:
    place = upload(manager, line("A"))
    job = session.scalars(select(ImportJob)).one()
    with transaction():
        session.get_one(ImportJob, job.id).total = 20_000
    manager.post(f"{place}/confirm")
    assert "Writing rows" in page(manager, place)
    assert session.scalars(select(ImportJob.state)).one() == ImportState.POSTING
    assert read_sales_frame().is_empty()


def test_files_of_products_come_in_by_the_browser(manager: FlaskClient) -> None:
    data = b"sku,name,category,list_price,cost,currency\nWB-H098,Water Bottle,Accessories / Bottles,4.99,2.00,USD\n"
    answer = manager.post("/imports/upload", data={"kind": "products", "source": "", "flow": "sell_in", "mode": "add",
                                                   "file": (io.BytesIO(data), "p.csv")})  # fmt: skip
    manager.post(f"{answer.location}/confirm")
    assert "Water Bottle" in page(manager, "/products?q=bottle")
    assert "4.99" in page(manager, "/products/WB-H098")


def test_the_catalog_is_searched_and_products_are_closed(manager: FlaskClient) -> None:
    assert "Sport-100 Helmet, Black" in page(manager, "/products?category=Accessories&state=active")
    assert "Did you mean one of these?" in page(manager, "/products?q=hellmet")
    assert "No product fits" in page(manager, "/products?category=Nothing")
    assert manager.post("/products/HL-U509/close").status_code == 303
    assert manager.post("/products/HL-U509/close").status_code == 409
    assert manager.post("/products/HL-U509/reopen").status_code == 303
    assert page(manager, "/products/NOPE", 404)


def correction(**typed: str) -> dict[str, str]:
    """What is typed into the form that corrects a line."""
    return {f"correct-{name}": value for name, value in typed.items()}


def test_a_wrong_line_is_written_anew_with_what_it_should_say(
    manager: FlaskClient, imported: Importer, cast: Cast, app: Flask
) -> None:
    imported(line("A", 3, "104.97"))
    found = find_line("pos", "A")
    assert found is not None
    url = f"/sales/{found.id}"
    assert 'value="104.97"' in page(manager, url)
    asked = correction(quantity="2", amount="69.98", sold_on=found.sold_on.isoformat(), reason="Two, not three")
    for wrong, told in (
        (correction(amount="a lot"), "is not a plain number"),
        (correction(quantity="-2"), "A sale stays a sale"),
        (correction(reason=""), "Say what was wrong"),
        (correction(quantity="3", amount="104.97"), "Nothing is different"),
    ):
        refused = manager.post(f"{url}/correct", data=asked | wrong)
        assert refused.status_code == 422
        assert told in refused.text
    done = manager.post(f"{url}/correct", data=asked)
    assert done.status_code == 303
    assert "69.98" in page(manager, done.headers["Location"])
    assert read_sales_frame()["quantity"].sum() == 2
    assert manager.post(f"{url}/correct", data=asked).status_code == 422
    admin = app.test_client()
    log_in(admin, cast.partner_admin)
    assert "Correct this line" not in page(admin, url)
    assert admin.post(f"{url}/correct", data=asked).status_code == 403


def test_sales_are_listed_scoped_downloaded_and_reversed(
    manager: FlaskClient, imported: Importer, cast: Cast, app: Flask
) -> None:
    imported(line("A", invoice="FB-1042", seller="seller@demo.example"), line("B", partner="AW00000650"))
    text = page(manager, "/sales?since=2026-01-01&until=nonsense")
    assert "FB-1042" in text
    assert "Sol Reyes" in text
    assert "No line fits" in page(manager, "/sales?flow=sell_out")
    export = manager.get("/sales/export.csv").text
    assert export.splitlines()[0].startswith("external_id,partner,sku")
    assert len(export.splitlines()) == 3
    found = find_line("pos", "A")
    assert found is not None
    url = f"/sales/{found.id}"
    assert "Reverse this line" in page(manager, url)
    assert manager.post(f"{url}/reverse", data={"reason": ""}).status_code == 422
    assert manager.post(f"{url}/reverse", data={"reason": "Typed twice"}).status_code == 303
    assert manager.post(f"{url}/reverse", data={"reason": "Again"}).status_code == 422
    assert "Reversal" in page(manager, url)
    assert manager.post("/sales/999/reverse", data={"reason": "x"}).status_code == 404
    rival = app.test_client()
    log_in(rival, cast.rival_admin)
    assert page(rival, url, 404)
    assert "FB-1042" not in page(rival, "/sales")
    seller = app.test_client()
    log_in(seller, cast.seller)
    assert page(seller, "/sales", 403)
    assert page(seller, "/products/HL-U509")
    assert page(seller, "/imports", 403)


def test_list_pages_ask_the_database_a_dozen_times_at_most(manager: FlaskClient, imported: Importer) -> None:
    imported(*[line(f"K{number}", invoice=f"F{number}") for number in range(60)])
    with statements() as sent:
        for url in ("/sales", "/sales?q=friendly&flow=sell_in", "/products", "/imports", "/names"):
            sent.clear()
            page(manager, url)
            assert len(sent) <= 12, (url, sent)


def test_a_partners_page_leads_to_its_sales_and_to_no_others(
    app: Flask, cast: Cast, manager: FlaskClient, imported: Importer
) -> None:
    imported(line("OURS-1", invoice="FB-7"), line("THEIRS-1", partner=cast.rival_shop.code, invoice="PF-9"))
    address = f"/partners/{cast.shop.code}/sales"
    assert address in page(manager, f"/partners/{cast.shop.code}")
    text = page(manager, address)
    assert "FB-7" in text
    assert "PF-9" not in text
    assert "Nothing sold yet" in page(manager, f"/partners/{cast.distributor.code}/sales")
    stranger = app.test_client()
    log_in(stranger, cast.rival_admin)
    page(stranger, address, status=404)
