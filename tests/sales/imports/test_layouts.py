"""What the import page says about files is what imports take."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import session
from portal.sales.imports.layouts import columns_of
from portal.sales.imports.row_kinds import KINDS
from tests.people import Cast, log_in

pytestmark = pytest.mark.one_database
IN_ORDER = ("partners", "products", "fx", "end_customers", "certificates", "activities", "targets", "sales")


@pytest.fixture
def db(app: Flask) -> object:
    """The app's own database."""
    return session


@pytest.fixture
def manager(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The channel manager's browser."""
    log_in(client, cast.channel_manager)
    return client


def test_every_column_of_every_kind_is_told_in_words(app: Flask) -> None:
    told = {kind: columns_of(kind) for kind in ("sales", *KINDS)}
    assert set(told) == set(IN_ORDER)
    assert not [(kind, column.name) for kind, columns in told.items() for column in columns if not column.meaning]
    assert {column.name for column in told["products"] if column.needed} == {"sku", "name", "currency"}


def test_the_examples_come_in_as_they_stand(manager: FlaskClient) -> None:
    for kind in IN_ORDER:
        example = manager.get(f"/imports/examples/{kind}.csv")
        assert example.mimetype == "text/csv"
        sent = manager.post(
            "/imports/upload",
            data={"kind": kind, "source": "first", "file": (io.BytesIO(example.data), f"{kind}.csv")},
        )
        assert sent.location, (kind, sent.get_data(as_text=True))
        text = manager.get(sent.location).get_data(as_text=True)
        assert "Refused rows" not in text, (kind, text)
        assert "Confirm: " in text, (kind, text)
        assert manager.post(f"{sent.location}/confirm").status_code == 303


def test_the_page_names_the_columns_and_unknown_kinds_are_not_there(manager: FlaskClient) -> None:
    text = manager.get("/imports/upload?kind=products").get_data(as_text=True)
    assert '<details class="stack" id="columns-products" open>' in text
    assert "list_price" in text
    assert "/imports/examples/products.csv" in text
    assert manager.get("/imports/examples/cars.csv").status_code == 404
    assert manager.post("/imports/upload", data={}).status_code == 422


def test_a_file_without_rows_offers_nothing_to_confirm(manager: FlaskClient) -> None:
    data = {"kind": "products", "source": "", "file": (io.BytesIO(b"sku,name,currency\n"), "bare.csv")}
    place = manager.post("/imports/upload", data=data).location
    text = manager.get(place).get_data(as_text=True)
    assert "This file brings nothing new" in text
    assert "/confirm" not in text
    assert "Cancel" in text
