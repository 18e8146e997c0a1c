"""P-13: a form changes what it asks for; names of columns that it does not ask for change nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import tables
from portal.core.db import Base
from tests.security_matrix.conftest import Prepared, copy_files
from tests.security_matrix.digests import TRACES, Watch
from tests.security_matrix.nasty import encode
from tests.security_matrix.test_forms import FORM, found_forms

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
VALUES = {"role": b"admin", "state": b"active", "partner_id": b"2", "owner_id": b"1", "points": b"999999"}
# Fields that the act asks for, but the button of a list leaves out.
OPTIONAL = {"/orders/R-2001/cancel": {"reason"}, "/orders/R-2001/fulfill": {"note"}}
# What differs between two runs of the same act: secrets and codes drawn by lot.
BY_CHANCE = TRACES | {"access_token", "outbox", "shop_code"}


def _columns() -> list[str]:
    tables.load()
    return sorted({column.name for table in Base.metadata.tables.values() for column in table.columns})


def test_names_of_columns_as_extra_fields_change_nothing_else(
    app: Flask, be: Be, prepared: Prepared, database_url: str, tmp_path: Path
) -> None:
    watch, differing = Watch(database_url, leave_out=BY_CHANCE), []
    watch.keep()
    columns, forms = _columns(), list(found_forms(app, be, prepared))
    asked_by_act: dict[str, set[str]] = {}
    for _, _, form in forms:
        asked_by_act.setdefault(form.action, set()).update(one.name for one in form.fields)
    for name, page, form in forms:
        if form.method != "post":
            continue
        asked = [(one.name, one.value.encode()) for one in form.fields]
        known = asked_by_act[form.action] | OPTIONAL.get(form.action, set())
        extra = [(column, VALUES.get(column, b"1")) for column in columns if column not in known]
        outcomes = []
        for pairs in (asked, asked + extra):
            status = be(name).post(form.action, data=encode(pairs), content_type=FORM).status_code
            outcomes.append((status, watch.now()))
            if watch.restore() and "import" in form.action:
                copy_files(prepared, tmp_path)
        if outcomes[0] != outcomes[1]:
            tables_hit = [key for key, value in outcomes[0][1].items() if outcomes[1][1].get(key) != value]
            differing.append((form.action, page, outcomes[0][0], outcomes[1][0], tables_hit))
    assert differing == [], "\n".join(map(str, differing))
