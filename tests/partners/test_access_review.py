"""The quarterly review of access: what it finds, who decides on whom, and when it may be signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.access_review import queries, services
from portal.partners.access_review.models import AccessReview, ReviewEntry
from portal.partners.access_review.rules import Account, Everybody, find_conflicts, quarter_of
from portal.partners.people.models import Person
from portal.partners.people.services import end_employment
from portal.security.viewer import SYSTEM, Role, Viewer
from tests.people import Cast, add_cast, add_member, fresh, viewer_of

As = Callable[[Person | Viewer], FlaskClient]
NOW = dt.datetime(2026, 11, 19, 10, 41, tzinfo=dt.UTC)
OLD = NOW - dt.timedelta(days=400)
REVIEW = "/access-reviews/2026-Q4"


@pytest.fixture
def cast(app: Flask, db: scoped_session[Session]) -> Cast:
    return add_cast()


def account(number: int, role: Role, **more: object) -> Account:
    organization = "" if role not in (Role.SELLER, Role.PARTNER_ADMIN) else "A Shop"
    plain: dict[str, object] = {"organization": organization, "state": "active", "created_at": OLD,
                                "last_login_at": NOW - dt.timedelta(days=1)}  # fmt: skip
    values = plain | more
    email, name = str(values.pop("email", f"p{number}@x.example")), str(values.pop("name", f"Person {number}"))
    return Account(number, email, name, role, **values)  # type: ignore[arg-type]


def conflicts(*accounts: Account, territories: frozenset[str] = frozenset({"North", "South"})) -> dict[int, str]:
    found = find_conflicts(Everybody(accounts, NOW, territories))
    return {number: " ".join(sentences) for number, sentences in found.items()}


TWO_MANAGERS = (account(91, Role.CHANNEL_MANAGER), account(92, Role.CHANNEL_MANAGER))


def test_an_admin_who_approves_is_a_conflict_and_one_who_does_not_is_none():
    found = conflicts(account(1, Role.ADMIN, approvals=2), account(2, Role.ADMIN))
    assert set(found) == {1}
    assert "approved 2 times" in found[1]


def test_the_only_approver_of_a_territory_is_named_with_the_territory():
    north = account(1, Role.CHANNEL_MANAGER, areas=frozenset({"North"}))
    both = account(2, Role.CHANNEL_MANAGER, areas=frozenset({"North", "South"}))
    assert "in South" in conflicts(north, both)[2]
    assert conflicts(*TWO_MANAGERS) == {}
    assert "the whole channel" in conflicts(account(1, Role.CHANNEL_MANAGER))[1]
    assert "only one who can confirm" in conflicts(account(3, Role.FINANCE))[3]


def test_shared_mailboxes_are_found_and_a_persons_own_short_address_is_not():
    found = conflicts(
        account(1, Role.SELLER, email="info@shop.example"),
        account(2, Role.SELLER, email="ana+2@shop.example"),
        account(3, Role.SELLER, email="ana@shop.example"),
        account(4, Role.SELLER, email="store@shop.example", name="Max Store"),
    )
    assert set(found) == {1, 2, 3}


def test_the_same_name_on_both_sides_is_found_on_both_sides():
    found = conflicts(account(1, Role.AUDITOR, name="Jo Day"), account(2, Role.SELLER, name="JO DAY"))
    assert "A Shop" in found[1]
    assert "with us" in found[2]


def test_left_with_a_session_and_idle_for_90_days_are_found():
    found = conflicts(
        account(1, Role.SELLER, state="ended", live_sessions=1),
        account(2, Role.ADMIN, last_login_at=NOW - dt.timedelta(days=90)),
        account(3, Role.ADMIN, last_login_at=NOW - dt.timedelta(days=89)),
        account(4, Role.AUDITOR, last_login_at=None),
        account(5, Role.SELLER, last_login_at=None),
    )
    assert set(found) == {1, 2, 4}
    assert "Never logged in" in found[4]
    long_ago = conflicts(account(2, Role.ADMIN, last_login_at=NOW - dt.timedelta(days=1035)))
    assert "No log-in for 1,035 days." in long_ago[2]


def begin(app: Flask, cast: Cast, as_: As) -> FlaskClient:
    admin = as_(cast.admin)
    assert admin.post("/access-reviews/begin").status_code == 303
    return admin


def entry_of(person: Person) -> int:
    number = session.scalar(select(ReviewEntry.id).where(ReviewEntry.person_id == person.id))
    assert number is not None
    return number


def decide(client: FlaskClient, person: Person, verdict: str = "keep", reason: str = "Needed for the work"):
    return client.post(
        f"/access-reviews/accounts/{entry_of(person)}/decide", data={"verdict": verdict, "reason": reason}
    )


def decide_all(cast: Cast, as_: As, but: tuple[Person, ...] = ()) -> None:
    query = select(ReviewEntry.person_id).where(ReviewEntry.must_decide)
    for number in session.scalars(query).all():
        person = session.get_one(Person, number)
        if number not in {one.id for one in but}:
            by = cast.finance if number == cast.admin.id else cast.admin
            assert decide(as_(by), person).status_code == 303, person.email


def test_the_list_holds_everybody_with_role_limits_and_last_login(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        admin = begin(app, cast, as_)
        shown = admin.get(REVIEW).text
        for person in cast.people:
            assert person.email in shown
        assert "All territories" in shown
        csv = admin.get(f"{REVIEW}/accounts.csv").text
        assert csv.splitlines()[0].startswith("email,name,role,organization,limits,state,last_login_at,conflicts")
        assert len(csv.splitlines()) == 1 + len(cast.people)
        assert admin.post("/access-reviews/begin").status_code == 409


def test_nobody_decides_on_the_own_access(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        admin = begin(app, cast, as_)
        refused = decide(admin, cast.admin)
        assert refused.status_code == 403
        assert "own access" in refused.text
        assert decide(as_(cast.finance), cast.admin).status_code == 303


@pytest.mark.parametrize(
    ("data", "sentence"),
    [({"verdict": "remove"}, "is removed"), ({"verdict": "perhaps", "reason": "x"}, "kept or removed"), ({}, "kept or"),
     ({"verdict": "keep", "reason": "x" * 501}, "longer than 500"),
     ({"verdict": "remove", "reason": "a\x00b"}, "cannot be kept")],
)  # fmt: skip
def test_a_decision_without_sense_is_refused_in_words_and_nothing_is_recorded(
    app: Flask, cast: Cast, as_: As, data: dict[str, str], sentence: str
):
    with clock.frozen(NOW):
        admin = begin(app, cast, as_)
        answer = admin.post(f"/access-reviews/accounts/{entry_of(cast.seller)}/decide", data=data)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert admin.get(f"{REVIEW}?show=removed").text.count("Sol Reyes") == 0


def test_a_kept_conflict_needs_a_reason(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        admin = begin(app, cast, as_)
        answer = decide(admin, cast.finance, reason="  ")
        assert answer.status_code == 422
        assert "in spite of the conflict" in answer.text


def test_it_is_signed_only_when_all_is_decided_and_removals_are_carried_out(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        admin = begin(app, cast, as_)
        early = admin.post(f"{REVIEW}/sign", data={"note": "All seen."})
        assert early.status_code == 409
        assert "wait for a decision" in early.text
        assert "All seen." in early.text
        decide_all(cast, as_, but=(cast.second_manager,))
        assert decide(admin, cast.second_manager, "remove", "Moved to another team").status_code == 303
        waiting = admin.post(f"{REVIEW}/sign")
        assert waiting.status_code == 409
        assert "Sam Idris can still log in" in waiting.text
        with transaction():
            end_employment(fresh(cast.second_manager), by=SYSTEM)
        assert admin.post(f"{REVIEW}/sign", data={"note": "All seen."}).status_code == 303
        shown = as_(cast.auditor).get(REVIEW).text
        assert "Ada Quist signed on 19 November 2026" in shown
        assert "The list is the one that was signed" in shown
        late = decide(admin, cast.seller)
        assert late.status_code == 409
        assert "signed" in late.text
        assert admin.post(f"{REVIEW}/sign").status_code == 409
        row = next(line for line in admin.get(f"{REVIEW}/accounts.csv").text.splitlines() if "manager2@" in line)
        assert "remove,Moved to another team,Ada Quist" in row


def test_what_was_decided_stays_in_the_database_for_ever(cast: Cast):
    with clock.frozen(NOW), transaction():
        services.begin_review(by=viewer_of(cast.admin))
    for statement in ("UPDATE access_review_entry SET name = 'x'", "DELETE FROM access_review"):
        with pytest.raises(DatabaseError), transaction():
            session.execute(text(statement))
        session.rollback()


def test_homes_of_admin_and_auditor_remind_until_it_is_signed(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        for person in (cast.admin, cast.auditor):
            assert "The review of 2026-Q4 has not begun" in as_(person).get("/").text
        begin(app, cast, as_)
        assert "to decide before it can be signed" in as_(cast.auditor).get("/").text
        decide_all(cast, as_)
        as_(cast.finance).post(f"{REVIEW}/sign")
        assert "Access is not signed off" not in as_(cast.admin).get("/").text
        assert "Access is not signed off" not in as_(cast.channel_manager).get("/").text
    with clock.frozen(NOW + dt.timedelta(days=60)):
        shown = as_(cast.admin).get("/").text
        assert "2027-Q1 has not begun" in shown
        assert "never signed" not in shown


def test_a_quarter_that_was_missed_is_named(app: Flask, cast: Cast, as_: As):
    later = clock.now() + dt.timedelta(days=200)
    with clock.frozen(later):
        missed = quarter_of(clock.today()).previous.name
        assert f"The review of {missed} was never signed" in as_(cast.admin).get("/").text


def test_only_admin_and_finance_decide_and_partners_see_nothing(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        begin(app, cast, as_)
        for person in cast.people:
            client, reads = as_(person), person.role in ("admin", "finance", "auditor")
            decides = person.role in ("admin", "finance")
            for path in ("/access-reviews", REVIEW, f"{REVIEW}/accounts.csv"):
                assert client.get(path).status_code == (200 if reads else 403), (person.email, path)
            assert decide(client, cast.seller).status_code == (303 if decides else 403), person.email
        assert as_(cast.auditor).get("/access-reviews/1999-Q1").status_code == 404
        assert as_(cast.admin).post("/access-reviews/accounts/999999/decide").status_code == 404


def test_the_list_is_searched_filtered_and_sorted_in_the_address(app: Flask, cast: Cast, as_: As):
    with clock.frozen(NOW):
        with transaction():
            add_member("info@shop.example", "Front Desk", Role.SELLER, fresh(cast.shop))
        admin = begin(app, cast, as_)
        found = admin.get(f"{REVIEW}?q=front").text
        assert "info@shop.example" in found
        assert "rival@demo.example" not in found
        assert "info@shop.example" in admin.get(f"{REVIEW}?show=conflicts").text
        assert "info@shop.example" not in admin.get(f"{REVIEW}?show=vendor").text
        names = [row.name for row, _ in session.execute(_sorted("name", False))]
        assert names == sorted(names)
        for odd in ("sort=%27", "page=999999999999999999999", "show=zz", "q=%00%25_"):
            assert admin.get(f"{REVIEW}?{odd}").status_code == 200


def _sorted(sort: str, descending: bool):
    review = session.scalars(select(AccessReview)).one()
    return queries.search_entries(review, sort=sort, descending=descending)
