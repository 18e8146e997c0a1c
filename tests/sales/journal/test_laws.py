"""The database refuses lines that name nothing, and the deletion of what lines name."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, delete, insert
from sqlalchemy.exc import IntegrityError

from portal.core.db import Base, is_postgresql, session, transaction
from portal.partners.organizations.models import Partner
from portal.sales.journal.laws import SET_CHECKED
from portal.sales.journal.models import BatchKind, JournalBatch, SaleLine
from portal.sales.journal.services import open_batch
from portal.sales.products.models import Product
from tests.people import Cast
from tests.sales.conftest import DAY
from tests.sales.journal.test_journal import new, post

NOBODY = 999_999


def line_values(cast: Cast, batch_id: int, product_id: int) -> dict[str, object]:
    return {
        "batch_id": batch_id, "source": "pos", "external_id": "L-1", "flow": "sell_out", "partner_id": cast.shop.id,
        "product_id": product_id, "quantity": 1, "amount": 100, "currency": "USD", "sold_on": DAY, "origin_on": DAY,
    }  # fmt: skip


@pytest.mark.parametrize("column", ["batch_id", "partner_id", "distributor_id", "product_id"])
def test_a_line_that_names_nothing_is_refused_by_the_database(cast: Cast, column: str) -> None:
    known = post(new(cast, "A"))[0]
    with pytest.raises(IntegrityError), transaction():
        batch = open_batch("pos", BatchKind.FEED)
        values = line_values(cast, batch.id, known.product_id) | {column: NOBODY}
        session.execute(insert(SaleLine), [values])


@pytest.mark.parametrize("model", [Partner, Product, JournalBatch])
def test_what_a_line_names_is_not_deleted(cast: Cast, model: type[Base]) -> None:
    line = post(new(cast, "A"))[0]
    named = {"partner": line.partner_id, "product": line.product_id, "journal_batch": line.batch_id}
    refusal = "lines of the journal name" if is_postgresql() else "FOREIGN KEY"
    with pytest.raises(IntegrityError, match=refusal), transaction():
        session.execute(delete(model).where(model.id == named[model.__tablename__]))  # type: ignore[attr-defined]


def test_every_column_that_is_checked_at_once_still_says_in_the_model_what_it_names() -> None:
    assert isinstance(SaleLine.__table__, Table)
    keys = {str(key.name): key for key in SaleLine.__table__.foreign_key_constraints}
    for name, (column, table) in SET_CHECKED.items():
        assert [c.name for c in keys[name].columns] == [column]
        assert keys[name].referred_table.name == table
