"""Setting approval limits: who may, what waits for a second person, what counts at once, and where they are seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, scoped_session

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import FourEyes
from portal.core.events import OutboxRow
from portal.partners.limits import queries, services
from portal.partners.limits.models import LimitRequest
from portal.partners.people.models import Person
from portal.partners.people.services import end_employment
from portal.reactions import REACTIONS
from portal.security.limits.models import ApprovalLimit
from portal.security.limits.queries import find_limit
from portal.security.limits.rules import Kind, Limit
from portal.security.viewer import SYSTEM, Role, Viewer
from tests.partners.test_access_review import NOW, REVIEW
from tests.people import Cast, add_cast, fresh, viewer_of

As = Callable[[Person | Viewer], FlaskClient]


@pytest.fixture
def cast(app: Flask, db: scoped_session[Session]) -> Cast:
    return add_cast()


def give(client: FlaskClient, person: Person, amount: str, unit: str = "USD", kind: str = "claim"):
    data = {"kind": kind, "amount": amount, "unit": unit}
    return client.post(f"/people/{person.id}/limits/set", data=data)


def in_force(person: Person, kind: Kind = Kind.CLAIM, measure: str = "money") -> int | None:
    session.rollback()
    found = find_limit(person.id, kind, measure)
    return found.amount if found else None


def newest_request() -> int:
    session.rollback()
    number = session.scalar(select(func.max(LimitRequest.id)))
    assert number is not None
    return number


def decide(client: FlaskClient, verb: str = "confirm", number: int | None = None):
    return client.post(f"/people/limit-requests/{number or newest_request()}/{verb}")


def test_a_first_limit_and_every_lower_one_count_at_once(app: Flask, cast: Cast, as_: As):
    tess, admin = cast.channel_manager, as_(cast.admin)
    assert give(admin, tess, "1,000.00").status_code == 303
    assert in_force(tess) == 100_000
    assert give(admin, tess, "999.99").status_code == 303
    assert in_force(tess) == 99_999
    assert session.scalar(select(func.count()).select_from(LimitRequest)) == 0


@pytest.mark.parametrize(("amount", "unit"), [("1000.01", "USD"), ("", "USD"), ("500", "EUR")])
def test_a_higher_limit_none_or_another_currency_waits_for_a_second_person(
    app: Flask, cast: Cast, as_: As, amount: str, unit: str
):
    tess, admin = cast.channel_manager, as_(cast.admin)
    give(admin, tess, "1000")
    assert give(admin, tess, amount, unit).status_code == 303
    assert in_force(tess) == 100_000
    assert "asked for claims" in admin.get(f"/people/{tess.id}").text
    assert "1 approval limit waits for a second person" in as_(cast.finance).get("/people").text
    assert decide(admin).status_code == 403
    assert decide(as_(tess)).status_code == 403
    assert in_force(tess) == 100_000
    assert decide(as_(cast.finance)).status_code == 303
    assert in_force(tess) == {"1000.01": 100_001, "": None, "500": 50_000}[amount]
    assert decide(as_(cast.second_manager)).status_code == 409


def test_nobody_confirms_what_they_asked_for_nor_a_limit_of_their_own_in_words(app: Flask, cast: Cast, as_: As):
    tess, admin = cast.channel_manager, as_(cast.admin)
    give(admin, tess, "1000")
    give(admin, tess, "2000")
    assert "You asked for this limit, so someone else must confirm it." in decide(admin).text
    assert "This limit is yours, so someone else must confirm it." in decide(as_(tess)).text
    shown = as_(tess).get("/people/limits").text
    assert "This limit is yours, so someone else must confirm it." in shown
    assert ">Confirm<" not in shown


def test_a_limit_of_ones_own_waits_even_if_it_is_lower(app: Flask, cast: Cast):
    tess = cast.channel_manager
    herself = dataclasses.replace(viewer_of(tess), role=Role.ADMIN)
    with transaction():
        request = services.set_limit(fresh(tess), Limit(Kind.CLAIM, "USD", 100), by=herself)
    assert request is not None
    assert in_force(tess) is None
    with pytest.raises(FourEyes), transaction():
        services.confirm_limit(queries.lock_request(viewer_of(cast.admin), request.id), by=herself)


def test_a_refused_limit_leaves_what_was(app: Flask, cast: Cast, as_: As):
    tess, admin = cast.channel_manager, as_(cast.admin)
    give(admin, tess, "1000")
    give(admin, tess, "")
    assert decide(as_(cast.finance), "refuse").status_code == 303
    assert in_force(tess) == 100_000
    assert give(admin, tess, "").status_code == 303, "it may be asked for again"


def test_raising_is_mailed_to_all_admins_and_everything_is_in_the_audit_log(app: Flask, cast: Cast, as_: As):
    tess, admin = cast.channel_manager, as_(cast.admin)
    give(admin, tess, "1000")
    give(admin, tess, "5000")
    decide(as_(cast.finance))
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.kind == "limit").order_by(AuditEntry.id)).all()
    assert acts == ["limit.set", "limit.requested", "limit.confirmed"]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "limit.confirmed")).one()
    assert "1,000.00 USD" in (entry.before or "")
    assert "5,000.00 USD" in (entry.after or "")
    asked = session.scalars(select(OutboxRow).where(OutboxRow.fact == "LimitRequested")).one()
    assert cast.admin.email in asked.payload
    assert len(REACTIONS["LimitRequested"]) == 1
    row = session.scalars(select(ApprovalLimit).order_by(ApprovalLimit.id.desc())).first()
    assert row is not None
    assert (row.set_by_id, row.confirmed_by_id) == (cast.admin.id, cast.finance.id)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"amount": "ten"}, "is not a plain number"), ({"amount": "-1"}, "zero or more"),
        ({"amount": "1.005"}, "more decimals than USD has"), ({"unit": "XXQ"}, "is no currency"),
        ({"unit": ""}, "Say the currency"), ({"amount": "1.5", "unit": "points"}, "more decimals"),
        ({"kind": "adjustment"}, "Choose one from the list"),
        ({"amount": ""}, "exactly this already"), ({"amount": "9" * 15}, "larger than an amount"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_refused_in_words_and_kept(
    app: Flask, cast: Cast, as_: As, data: dict[str, str], sentence: str
):
    typed = {"kind": "claim", "amount": "1000", "unit": "USD"} | data
    answer = as_(cast.admin).post(f"/people/{cast.channel_manager.id}/limits/set", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed["amount"]}"' in answer.text
    assert in_force(cast.channel_manager) is None


def test_only_admins_set_limits_and_a_stranger_gets_a_404(app: Flask, cast: Cast, as_: As):
    tess = cast.channel_manager
    for person in cast.people:
        client = as_(person)
        assert give(client, tess, "1").status_code == (303 if person.role == "admin" else 403), person.email
        sees = 200 if person.partner_id is None else 403
        for path in ("/people/limits", f"/people/{tess.id}/limits"):
            assert client.get(path).status_code == sees, (person.email, path)
    admin = as_(cast.admin)
    for number in (cast.seller.id, cast.auditor.id, 999_999):
        assert admin.get(f"/people/{number}/limits").status_code == 404
        assert admin.post(f"/people/{number}/limits/set", data={"kind": "claim"}).status_code == 404
    assert decide(admin, number=999_999).status_code == 404


def test_who_has_left_gets_no_limit(app: Flask, cast: Cast, as_: As):
    admin = as_(cast.admin)
    with transaction():
        end_employment(fresh(cast.second_manager), by=SYSTEM)
    answer = give(admin, cast.second_manager, "5")
    assert answer.status_code == 422
    assert "has left" in answer.text


def test_no_limit_is_said_in_words_and_limits_stand_on_every_page_that_shows_people(app: Flask, cast: Cast, as_: As):
    tess, admin = cast.channel_manager, as_(cast.admin)
    assert "No limit" in as_(tess).get("/account").text
    assert "No approval limit" in admin.get("/people/limits").text
    give(admin, tess, "5000")
    give(admin, tess, "2000", "points")
    give(admin, tess, "1000", kind="exception")
    for page in (f"/people/{tess.id}", f"/people/{tess.id}/limits", "/people/limits"):
        shown = admin.get(page).text
        assert "5,000.00 USD" in shown, page
        assert "2,000 stars" in shown, page
    own = as_(tess).get("/account").text
    assert "5,000.00 USD" in own
    assert "Set the limit" not in own
    assert "Set the limit" not in as_(cast.finance).get(f"/people/{tess.id}").text
    assert "Approval limits" not in admin.get(f"/people/{cast.seller.id}").text


def test_the_access_review_shows_the_limits_of_each_kind(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        tess, admin = cast.channel_manager, as_(cast.admin)
        give(admin, tess, "5000")
        give(admin, tess, "2000", "points")
        give(admin, tess, "1000", kind="exception")
        admin.post("/access-reviews/begin")
        said = (
            "Claims 5,000.00 USD and 2,000 stars, exceptions 1,000.00 USD and any number of points, programs no limit"
        )
        assert said in admin.get(REVIEW).text
        assert said in admin.get(f"{REVIEW}/accounts.csv").text
        assert "No approval limit. All territories" in admin.get(REVIEW).text
        assert said[1:] in admin.get("/people/access-review.csv").text


def test_the_list_is_searched_sorted_and_filtered_in_the_address(app: Flask, cast: Cast, as_: As):
    admin = as_(cast.admin)
    give(admin, cast.finance, "7", kind="adjustment")
    limited, free = (admin.get(f"/people/limits?show={show}").text for show in ("limited", "free"))
    assert "Flora Lund" in limited
    assert "Tess Moran" not in limited
    assert "Flora Lund" not in free
    assert "Tess Moran" in free
    assert "Sam Idris" not in admin.get("/people/limits?q=tess").text
    down = admin.get("/people/limits?sort=-name").text
    assert down.index("Tess Moran") < down.index("Flora Lund")
    assert "No approver fits" in admin.get("/people/limits?q=zzqx").text
    for odd in ("sort=%27", "page=99999999999999999999", "show=zz", "q=%00%25_"):
        assert admin.get(f"/people/limits?{odd}").status_code == 200


def test_a_limit_that_was_given_stays_in_the_database_for_ever(app: Flask, cast: Cast, as_: As):
    give(as_(cast.admin), cast.channel_manager, "1000")
    for statement in ("UPDATE approval_limit SET amount = 1", "DELETE FROM approval_limit"):
        with pytest.raises(DatabaseError), transaction():
            session.execute(text(statement))
        session.rollback()
