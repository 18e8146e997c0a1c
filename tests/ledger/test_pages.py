"""The books in the browser: every number opens, only finance and auditors come in, two people adjust."""

import datetime as dt
import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger import naming, services
from portal.ledger.models import LedgerAdjustment, LedgerEntry
from portal.ledger.queries import get_owner_by_code
from portal.security.viewer import Role, Viewer
from tests.ledger.cast import FINANCE, JULY, SECOND, TODAY, balance, earn, owner

pytestmark = pytest.mark.one_database
As = Callable[[Viewer], FlaskClient]
AUDITOR = Viewer(person_id=13, role=Role.AUDITOR, name="Otto Auditor", email="auditor@demo.example")
SELLER = Viewer(person_id=14, role=Role.SELLER, name="Sol", email="seller@demo.example", owner_id=1)
MANAGER = Viewer(person_id=15, role=Role.CHANNEL_MANAGER, name="Tess", email="manager@demo.example")
USD = "volume/base/AW1/2026-04-01/USD"
BACK = "Three hitch racks of SO61195 came back."


def read(client: FlaskClient, url: str, status: int = 200) -> str:
    """A page as text with one kind of space."""
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return re.sub(r"\s+", " ", html.unescape(answer.text))


def link(page: str, shown: str) -> str:
    """The address behind a number on a page."""
    found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>(?:<[^>]+>|of it )*{re.escape(shown)}', page)
    assert found is not None, shown
    return found[1]


@pytest.fixture
def shop(app: object) -> int:
    """A shop with a closed quarter, two late returns, stars, a hold and a debt-free life."""
    who = owner()
    june = {"accounting_date": dt.date(2026, 6, 30), "period_start": dt.date(2026, 4, 1), "unit": "USD", "hold_days": 0}
    late = june | {"accounting_date": TODAY, "prior_period": True, "reason": BACK}
    earn(who, 4637, "v", earning_key=USD, **june)
    earn(who, -864, "v2", earning_key=USD, **late)
    earn(who, -864, "g2", earning_key=USD.replace("volume", "growth"), **late)
    earn(who, 160, "stars", hold_days=0)
    earn(who, 40, "waiting", earning_key="other")
    with transaction():
        services.hold(who, "points", 100, "R-1", "order R-2001")
    return who


def test_the_roll_forward_foots_and_the_cell_of_17_28_opens_to_its_two_entries(shop: int, as_: As) -> None:
    client = as_(FINANCE)
    page = read(client, "/ledger/roll-forward")
    assert page.count("Foots") == 2
    assert "for earlier periods" in page
    cell = read(client, link(page, "−17.28"))
    assert cell.count("−8.64") == 2
    assert BACK in cell
    assert "Sum of all 2" in cell
    assert "−17.28" in cell
    entry = read(client, link(cell, "Clawback"))
    assert BACK in entry
    assert "Earlier period" in entry
    assert "Revenue reduction" in entry
    assert read(client, link(page, "46.37")).count("46.37") >= 2
    prior = read(client, link(page, "−17.28") + "&prior=yes")
    assert "earlier periods" in prior


def test_other_windows_are_a_click_or_two_dates_away(shop: int, as_: As) -> None:
    client = as_(AUDITOR)
    quarter = read(client, link(read(client, "/ledger/roll-forward"), "Last quarter"))
    assert "1 April 2026 to 30 June 2026" in quarter
    assert "Chosen days" in read(client, "/ledger/roll-forward?since=2026-01-02&until=2026-07-03")
    for wrong in ("since=x&until=y", "since=2026-07-03&until=2026-07-01"):
        assert "This month" in read(client, f"/ledger/roll-forward?{wrong}")
    assert "Nothing was posted before" in read(client, "/ledger/roll-forward?since=2020-01-01&until=2020-02-01")


def test_a_cell_without_entries_says_why_it_is_zero(shop: int, as_: As) -> None:
    client = as_(FINANCE)
    assert "nothing of this kind" in read(client, "/ledger/cells/points/paid")
    read(client, "/ledger/cells/points/nonsense", 404)
    for number in ("x", "9" * 30, "99999"):
        read(client, f"/ledger/cells/points/paid?owner={number}", 404)
    assert "4,637" not in read(client, f"/ledger/cells/USD/closing?owner={shop}")


def test_the_tile_is_a_fragment_of_the_same_table(shop: int, as_: As) -> None:
    tile = read(as_(FINANCE), "/ledger/this-month")
    assert "<html" not in tile
    assert "−17.28" in tile


def test_accounts_are_found_and_open_to_lots_and_entries(shop: int, as_: As) -> None:
    client = as_(FINANCE)
    page = read(client, "/ledger/owners?q=aw")
    account = read(client, link(page, "AW1"))
    assert "What it is made of" in account
    assert "No end" in account
    hold = read(client, link(account, "Hold"))
    assert "order R-2001" in hold
    assert "No account fits" in read(client, "/ledger/owners?q=nobody")
    assert "We, the vendor" in read(client, "/ledger/owners?kind=vendor")
    vendor = get_owner_by_code(FINANCE, "vendor", "vendor")
    assert "Nothing was posted yet" in read(client, f"/ledger/owners/{vendor.id}")
    empty = owner("AW9")
    assert "No entry yet" in read(client, f"/ledger/owners/{empty}")
    read(client, "/ledger/owners/99999", 404)
    read(client, "/ledger/entries/99999", 404)


def test_what_settled_an_entry_is_shown_beside_it(shop: int, as_: As) -> None:
    with transaction():
        captured = services.capture("R-1")
    client = as_(FINANCE)
    assert f"Settles entry {captured.reverses_entry_id}" in read(client, f"/ledger/entries/{captured.id}")
    assert f"Capture {captured.id}" in read(client, f"/ledger/entries/{captured.reverses_entry_id}")


@pytest.mark.usefixtures("shop")
def test_partners_and_managers_do_not_enter_the_books(as_: As) -> None:
    for who in (SELLER, MANAGER):
        for url in ("/ledger/roll-forward", "/ledger/owners", "/ledger/adjustments", "/ledger/months"):
            read(as_(who), url, 403)


def test_upper_rooms_lend_names_and_the_page_that_explains(shop: int, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "_namers", {})
    monkeypatch.setattr(naming, "_openers", [])
    naming.name_owners("partner", lambda owners: {who.id: "Friendly Bike Shop" for who in owners})
    naming.name_owners("person", lambda owners: {})
    naming.open_earnings(lambda entry: None)

    def traced(entry: LedgerEntry) -> str:
        return f"/traces/{entry.program_code}"

    for _ in range(2):
        naming.open_earnings(traced)
    assert len(naming._openers) == 2
    client = as_(FINANCE)
    assert "Friendly Bike Shop" in read(client, "/ledger/owners")
    entry = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "accrue")).first()
    assert entry is not None
    assert "/traces/sprint" in read(client, f"/ledger/entries/{entry.id}") or entry.program_code != "sprint"
    assert naming.earning_url(entry) == f"/traces/{entry.program_code}"


def test_an_adjustment_needs_a_second_person(shop: int, as_: As) -> None:
    finance, second = as_(FINANCE), as_(SECOND)
    assert "Nobody adjusted" in read(finance, "/ledger/adjustments")
    given = {
        "kind": "partner",
        "code": "AW1",
        "unit": "usd",
        "amount": "12.50",
        "treatment": "selling_expense",
        "reason": "Fair",
    }
    assert 'value="AW1"' in read(finance, "/ledger/adjustments/propose?kind=partner&code=AW1")
    assert finance.post("/ledger/adjustments/propose", data=given).status_code == 303
    proposed = session.scalars(select(LedgerAdjustment)).one()
    assert "someone else must confirm it" in read(finance, "/ledger/adjustments")
    own = finance.post(f"/ledger/adjustments/{proposed.id}/confirm")
    assert (own.status_code, balance(shop, "USD").available) == (403, 2909)
    assert "Confirm and post" in read(second, "/ledger/adjustments")
    assert "Confirm and post" not in read(as_(AUDITOR), "/ledger/adjustments")
    assert second.post(f"/ledger/adjustments/{proposed.id}/confirm").status_code == 303
    assert balance(shop, "USD").available == 2909 + 1250
    assert second.post(f"/ledger/adjustments/{proposed.id}/confirm").status_code == 409
    assert "confirmed by Omar Finance" in read(finance, "/ledger/adjustments")


def test_a_refused_adjustment_posts_nothing(shop: int, as_: As) -> None:
    given = {
        "kind": "partner",
        "code": "AW1",
        "unit": "points",
        "amount": "−50",
        "treatment": "selling_expense",
        "reason": "x",
    }
    as_(FINANCE).post("/ledger/adjustments/propose", data=given)
    proposed = session.scalars(select(LedgerAdjustment)).one()
    assert proposed.amount == -50
    assert as_(SECOND).post(f"/ledger/adjustments/{proposed.id}/refuse").status_code == 303
    assert balance(shop).available == 60


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "NOBODY"}, "No partner has the code “NOBODY”"),
        ({"kind": "person", "code": "x@y.example"}, "No person has the e-mail"),
        ({"unit": "XXQ"}, "is no currency"),
        ({"amount": "1e5"}, "is not a plain number"),
        ({"amount": "0"}, "cannot be posted"),
        ({"amount": "0.001"}, "more decimals"),
        ({"reason": ""}, "Say why"),
    ],
)
def test_a_wrong_proposal_comes_back_with_the_sentence_and_what_was_typed(
    shop: int, as_: As, wrong: dict[str, str], said: str
) -> None:
    given = {
        "kind": "partner",
        "code": "AW1",
        "unit": "USD",
        "amount": "1",
        "treatment": "selling_expense",
        "reason": "Fair",
    }
    answer = as_(FINANCE).post("/ledger/adjustments/propose", data=given | wrong)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert session.scalars(select(LedgerAdjustment)).all() == []


def test_a_month_is_closed_and_opened_again_with_a_reason(shop: int, as_: As) -> None:
    client = as_(FINANCE)
    assert "Close June 2026" in read(client, "/ledger/months")
    assert client.post("/ledger/months/close", data={"month": "2026-06-01"}).status_code == 303
    again = client.post("/ledger/months/close", data={"month": "2026-06-01"})
    assert (again.status_code, "closed already" in again.text) == (422, True)
    late = earn(shop, 5, "late", accounting_date=dt.date(2026, 6, 3))
    assert late.accounting_date == JULY
    assert "belongs to 3 June 2026" in read(client, f"/ledger/entries/{late.id}")
    nothing = client.post("/ledger/months/reopen", data={"month": "2026-06-01"})
    assert (nothing.status_code, "Say why the month" in nothing.text) == (422, True)
    given = {"month": "2026-06-01", "reason": "The feed came late."}
    assert client.post("/ledger/months/reopen", data=given).status_code == 303
    assert "open already" in client.post("/ledger/months/reopen", data=given).text
    assert client.post("/ledger/months/close", data={"month": "x"}).status_code == 422
    assert as_(AUDITOR).post("/ledger/months/close", data={"month": "2026-06-01"}).status_code == 403


def test_without_entries_no_month_is_over(app: object, as_: As) -> None:
    assert "No month with entries is over" in read(as_(FINANCE), "/ledger/months")
    assert clock.today() == TODAY


def test_an_account_is_found_by_the_global_search(shop: int, app: object, as_: As) -> None:
    from flask import Flask

    from portal.ledger.slots import find_accounts

    assert isinstance(app, Flask)
    with app.test_request_context():
        assert [hit.url for hit in find_accounts(FINANCE, "aw1")] == [f"/ledger/owners/{shop}"]
        assert list(find_accounts(SELLER, "aw1")) == []


def test_the_page_of_an_owner_stands_under_accounts(shop: int, as_: As) -> None:
    page = read(as_(FINANCE), f"/ledger/owners/{shop}")
    current = re.findall(r'<a class="rail-link" href="([^"]+)" aria-current="page"', page)
    assert current == ["/ledger/owners"]
