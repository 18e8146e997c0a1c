"""The pages of the audit log."""

import pytest

from portal.audit.services import record
from portal.core.db import transaction
from tests.people import add_cast


@pytest.fixture
def cast(db, app):
    made = add_cast()
    with transaction():
        record(
            "claim.approved",
            kind="claim",
            id=7,
            label="C-1",
            before={"state": "in_review"},
            after={"state": "approved", "n": 3},
        )
    return made


def test_the_auditor_reads_the_log_and_one_entry(cast, as_):
    auditor = as_(cast.auditor)
    listed = auditor.get("/audit?q=C-1")
    assert listed.status_code == 200
    assert "claim.approved" in listed.text
    number = listed.text.split("/audit/")[-1]
    entry = auditor.get("/audit?act=claim.approved&since=2020-01-01&until=2999-01-01&actor=portal")
    assert "claim.approved" in entry.text
    assert number


def test_an_entry_shows_before_and_after(cast, as_):
    auditor = as_(cast.auditor)
    from portal.audit import queries
    from portal.core.db import session

    newest = session.scalars(queries.search_entries(act="claim.approved")).first()
    shown = auditor.get(f"/audit/{newest.id}")
    assert "in_review" in shown.text
    assert newest.hash in shown.text
    assert auditor.get("/audit/999999").status_code == 404


def test_the_log_is_downloaded_with_inert_cells(cast, as_):
    answer = as_(cast.auditor).get("/audit/entries.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.text.startswith("id,at,act")


def test_the_chain_page_says_that_all_is_well(cast, as_):
    assert "Every entry fits" in as_(cast.auditor).get("/audit/chain").text


def test_a_seller_may_not_read_it(cast, as_):
    assert as_(cast.seller).get("/audit").status_code == 403


def test_strange_days_in_the_address_are_no_filter(cast, as_):
    assert as_(cast.auditor).get("/audit?since=yesterday&until=9999-12-31").status_code == 200
