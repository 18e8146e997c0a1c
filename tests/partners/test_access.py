"""The door: log-in, sessions, links, passwords."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.core.ids import digest
from portal.partners.access import loader, services, sessions
from portal.partners.access.errors import LinkSpent
from portal.partners.access.models import AccessToken, Purpose, UserSession
from portal.partners.access.rules import ABSOLUTE, IDLE, is_live, name_device
from portal.partners.access.tokens import issue_token, use_token
from portal.partners.people.models import PersonState
from portal.partners.people.services import end_employment, invite_person
from portal.security import passwords
from portal.security.viewer import SYSTEM
from tests.people import PASSWORD, Cast, add_cast, fresh, log_in, viewer_of

NEW = "another horse battery staple"


@pytest.fixture
def cast(app: Flask) -> Cast:
    return add_cast()


def sign_in(client: FlaskClient, email: str, password: str) -> tuple[int, str]:
    answer = client.post("/login", data={"email": email, "password": password})
    return answer.status_code, answer.get_data(as_text=True)


def rows() -> list[UserSession]:
    session.rollback()
    return list(session.scalars(select(UserSession).order_by(UserSession.id)))


def mailed_token(fact: str) -> str:
    row = session.scalars(select(OutboxRow).where(OutboxRow.fact == fact).order_by(OutboxRow.id.desc())).first()
    assert row is not None
    return str(json.loads(row.payload)["token"])


def test_who_logs_in_is_known_and_goes_where_one_wanted(client: FlaskClient, cast: Cast) -> None:
    answer = client.post(
        "/login", data={"email": " Seller@Demo.example ", "password": PASSWORD, "next": "/account/password"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/password")
    assert "Sol Reyes" in client.get("/account").get_data(as_text=True)
    assert client.get("/login").headers["Location"] == "/"


def test_nobody_is_sent_to_another_site(client: FlaskClient, cast: Cast) -> None:
    data = {"email": cast.seller.email, "password": PASSWORD, "next": "//evil.example"}
    assert client.post("/login", data=data).headers["Location"] == "/"


def test_a_wrong_password_an_unknown_address_and_a_former_seller_read_alike(client: FlaskClient, cast: Cast) -> None:
    with transaction():
        end_employment(fresh(cast.rival_seller), by=SYSTEM)
    answers = {
        sign_in(client, email, password)[1].replace(email, "E")
        for email, password in (
            (cast.seller.email, "wrong horse battery staple"),
            ("stranger@demo.example", PASSWORD),
            (cast.rival_seller.email, PASSWORD),
        )
    }
    assert len(answers) == 1
    assert "do not fit together" in answers.pop()


def test_an_empty_log_in_says_what_is_missing(client: FlaskClient, cast: Cast) -> None:
    status, words = sign_in(client, "", "")
    assert status == 422
    assert "Type your password." in words


def test_the_eleventh_try_is_refused_before_the_password_is_looked_at(
    client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        assert sign_in(client, cast.seller.email, "wrong horse battery staple")[0] == 422
    monkeypatch.setattr(services, "verify_password", lambda *_: pytest.fail("looked at the password"))
    status, words = sign_in(client, cast.seller.email, PASSWORD)
    assert status == 429
    assert "tried too often" in words


def test_a_success_forgets_the_tries_before_it(client: FlaskClient, cast: Cast) -> None:
    for _ in range(9):
        sign_in(client, cast.seller.email, "wrong horse battery staple")
    log_in(client, cast.seller)
    assert sign_in(client, cast.seller.email, "wrong horse battery staple")[0] == 422


def test_every_log_in_has_a_secret_of_its_own_and_only_its_digest_is_stored(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    log_in(client, cast.seller)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
    log_in(client, cast.seller)
    with client.session_transaction() as cookie:
        second = cookie["_user_id"]
    assert first != second
    assert {row.token_digest for row in rows()} == {digest(first), digest(second)}


def test_a_copied_cookie_is_dead_after_log_out(app: Flask, cast: Cast) -> None:
    client, thief = app.test_client(), app.test_client()
    log_in(client, cast.seller)
    stolen = client.get_cookie("portal")
    assert stolen is not None
    thief.set_cookie("portal", stolen.value)
    assert thief.get("/account").status_code == 200
    assert client.post("/log-out").headers["Location"] == "/login"
    assert thief.get("/account").status_code == 303
    assert client.get("/account").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/login", data={"email": cast.seller.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_ends_when_idle_or_old(client: FlaskClient, cast: Cast) -> None:
    for column, limit in (("last_seen", IDLE), ("created_at", ABSOLUTE)):
        log_in(client, cast.seller)
        with transaction():
            session.execute(update(UserSession).values({column: clock.now() - limit - dt.timedelta(seconds=1)}))
        assert client.get("/account").status_code == 303
    now = clock.now()
    assert is_live(now, now, None, now)
    assert not is_live(now, now, now, now)


def test_a_form_open_in_another_tab_outlives_a_session_of_the_same_person_only(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    log_in(client, cast.seller)
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "of the open form"
    with transaction():
        sessions.end_sessions(cast.seller.id)
    log_in(client, cast.seller)
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] == "of the open form"
    log_in(client, cast.rival_seller)
    with client.session_transaction() as cookie:
        assert "csrf_token" not in cookie


def test_the_last_use_is_written_at_most_once_a_minute(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.seller)
    before = rows()[0].last_seen
    client.get("/account")
    assert rows()[0].last_seen == before
    with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        client.get("/account")
        assert rows()[0].last_seen == clock.now()


def test_a_page_never_waits_for_a_writer_to_note_the_last_use(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.seller)
    number, before = rows()[0].id, rows()[0].last_seen
    done = threading.Event()

    def touch() -> None:
        loader.touch(number, clock.now() + dt.timedelta(minutes=5))
        done.set()

    with transaction():
        session.execute(update(UserSession).values(agent="somebody writes"))
        thread = threading.Thread(target=touch)
        thread.start()
        assert done.wait(10)
    thread.join()
    assert rows()[0].last_seen == before


def test_one_ends_the_own_sessions_one_by_one_or_all_others(app: Flask, cast: Cast) -> None:
    clients = [app.test_client() for _ in range(3)]
    for client in clients:
        log_in(client, cast.seller)
    first, second, _ = (row.id for row in rows())
    assert clients[2].post(f"/account/sessions/{first}/end").status_code == 303
    assert clients[0].get("/account").status_code == 303
    assert clients[2].post(f"/account/sessions/{first}/end").status_code == 404
    assert clients[2].post("/account/sessions/end-others").status_code == 303
    assert clients[1].get("/account").status_code == 303
    assert clients[2].get("/account").status_code == 200
    log_in(clients[0], cast.rival_seller)
    assert clients[0].post(f"/account/sessions/{second}/end").status_code == 404


def test_a_system_viewer_has_no_session_to_end(cast: Cast) -> None:
    with transaction():
        sessions.end_this_session(SYSTEM)
    assert rows() == []


def test_a_new_password_ends_every_other_session(app: Flask, cast: Cast) -> None:
    here, there = app.test_client(), app.test_client()
    for client in (here, there):
        log_in(client, cast.seller)
    wrong = here.post("/account/password", data={"current": "not this one at all", "password": NEW, "again": NEW})
    assert wrong.status_code == 422
    assert "not your present password" in wrong.get_data(as_text=True)
    for again in (NEW, NEW + "x"):
        here.post("/account/password", data={"current": PASSWORD, "password": NEW, "again": again})
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert sign_in(there, cast.seller.email, NEW)[0] == 303


def test_the_present_password_cannot_be_guessed_for_ever(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.seller)
    data = {"current": "not this one at all", "password": NEW, "again": NEW}
    statuses = [client.post("/account/password", data=data).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(app: Flask, cast: Cast) -> None:
    client, elsewhere = app.test_client(), app.test_client()
    log_in(elsewhere, cast.seller)
    assert client.post("/forgot-password", data={"email": cast.seller.email}).status_code == 200
    link = f"/password-resets/{mailed_token('PasswordResetRequested')}"
    assert client.get(link).status_code == 200
    weak = client.post(link, data={"password": "too short", "again": "too short"})
    assert weak.status_code == 422
    assert "at least 15 characters" in weak.get_data(as_text=True)
    assert client.post(link, data={"password": NEW, "again": NEW}).headers["Location"] == "/login"
    assert client.post(link, data={"password": NEW, "again": NEW}).status_code == 410
    assert elsewhere.get("/account").status_code == 303
    assert sign_in(client, cast.seller.email, NEW)[0] == 303


def test_asking_for_a_link_never_says_whether_the_address_is_known(client: FlaskClient, cast: Cast) -> None:
    with transaction():
        end_employment(fresh(cast.rival_seller), by=SYSTEM)
    answers = []
    for email in (cast.seller.email, "stranger@demo.example", cast.rival_seller.email):
        answer = client.post("/forgot-password", data={"email": email})
        answers.append((answer.status_code, answer.get_data(as_text=True).replace(email, "E")))
    assert len(set(answers)) == 1
    assert len(list(session.scalars(select(AccessToken)))) == 1


def test_an_address_gets_three_links_in_a_quarter_of_an_hour_and_a_visitor_sixty_tries(
    client: FlaskClient, cast: Cast
) -> None:
    for _ in range(5):
        assert client.post("/forgot-password", data={"email": cast.seller.email}).status_code == 200
    assert len(list(session.scalars(select(AccessToken)))) == 3
    statuses = {client.post("/forgot-password", data={"email": f"{n}@x.example"}).status_code for n in range(57)}
    assert statuses == {200, 429}
    assert client.post("/forgot-password", data={"email": ""}).status_code == 422


def spent(token: str, purpose: Purpose) -> bool:
    try:
        with transaction():
            use_token(token, purpose)
    except LinkSpent:
        return True
    return False


def test_a_link_dies_with_a_newer_one_a_log_in_the_hour_and_the_end_of_employment(
    client: FlaskClient, cast: Cast
) -> None:
    person = cast.seller
    with transaction():
        old, _ = issue_token(person.id, Purpose.PASSWORD_RESET)
        new, _ = issue_token(person.id, Purpose.PASSWORD_RESET)
    assert spent(old, Purpose.PASSWORD_RESET)
    assert spent(new, Purpose.INVITATION)
    assert spent("made up", Purpose.PASSWORD_RESET)
    with clock.frozen(clock.now() + dt.timedelta(minutes=61)):
        assert spent(new, Purpose.PASSWORD_RESET)
    log_in(client, person)
    assert spent(new, Purpose.PASSWORD_RESET)
    with transaction():
        last, _ = issue_token(person.id, Purpose.PASSWORD_RESET)
        end_employment(fresh(person), by=SYSTEM)
    assert spent(last, Purpose.PASSWORD_RESET)


def test_of_two_who_use_a_link_at_the_same_time_one_succeeds(app: Flask, cast: Cast) -> None:
    with transaction():
        token, _ = issue_token(cast.seller.id, Purpose.PASSWORD_RESET)
    start, outcomes = threading.Barrier(4), []

    def use() -> None:
        start.wait()
        outcomes.append(spent(token, Purpose.PASSWORD_RESET))
        session.remove()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True, True, True]


def test_a_link_used_between_the_look_and_the_act_is_spent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.partners.access import tokens

    with transaction():
        token, _ = issue_token(cast.seller.id, Purpose.PASSWORD_RESET)
        use_token(token, Purpose.PASSWORD_RESET)
    monkeypatch.setattr(tokens, "get_person_by_token", lambda *_: cast.seller)
    assert spent(token, Purpose.PASSWORD_RESET)


def test_an_invited_person_chooses_a_password_and_is_inside(client: FlaskClient, cast: Cast) -> None:
    with transaction():
        person = invite_person("new@shop.example", "Nia New", "seller", cast.shop, by=viewer_of(cast.partner_admin))
    link = f"/invitations/{mailed_token('PersonInvited')}"
    assert "Welcome, Nia New" in client.get(link).get_data(as_text=True)
    assert client.post(link, data={"password": "newnewnewnewnew", "again": "newnewnewnewnew"}).status_code == 422
    assert client.post(link, data={"password": NEW, "again": NEW}).headers["Location"] == "/"
    assert "Nia New" in client.get("/account").get_data(as_text=True)
    assert fresh(person).state == PersonState.ACTIVE
    assert client.get(link).status_code == 410


def test_mail_names_the_portals_own_address_whatever_host_was_asked(client: FlaskClient, cast: Cast) -> None:
    client.post("/forgot-password", data={"email": cast.seller.email}, headers={"Host": "evil.example"})
    row = session.scalars(select(OutboxRow).where(OutboxRow.fact == "PasswordResetRequested")).one()
    assert "evil.example" not in row.payload


def test_a_hash_of_lower_cost_is_renewed_at_log_in(client: FlaskClient, cast: Cast) -> None:
    before = cast.seller.password_hash
    passwords.configure(time_cost=2, memory_kib=8)
    log_in(client, cast.seller)
    assert fresh(cast.seller).password_hash != before


def test_one_changes_the_own_name_and_look(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.seller)
    good = {"name": "Sol R.", "theme": "dark", "tz": "Europe/Berlin"}
    for _ in range(2):
        assert client.post("/account/profile", data=good).status_code == 303
    assert 'data-theme="dark"' in client.get("/account").get_data(as_text=True)
    for bad in ({"name": ""}, {"name": " "}, {"theme": "pink"}, {"tz": "Moon/Base"}):
        answer = client.post("/account/profile", data=good | bad)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("tz", "shown"), [("Asia/Tokyo", "05:30:00 JST"), ("", "20:30:00 UTC"), ("Gone/Away", "20:30:00 UTC")]
)
def test_times_are_shown_on_the_clock_one_chose(client: FlaskClient, cast: Cast, tz: str, shown: str) -> None:
    with transaction():
        session.get_one(type(cast.seller), cast.seller.id).tz = tz
    with clock.frozen("2026-03-31T20:30:00+00:00"):
        log_in(client, cast.seller)
        assert shown in client.get("/account").get_data(as_text=True)


def test_nothing_else_of_an_account_is_changed_by_extra_fields(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.seller)
    extra = {"role": "admin", "partner_id": "2", "email": "x@y.example", "state": "ended", "password_hash": "x"}
    client.post("/account/profile", data={"name": "Sol Reyes", "theme": "light", "tz": ""} | extra)
    found = fresh(cast.seller)
    assert (found.role, found.email, found.state) == ("seller", "seller@demo.example", "active")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1", "Safari on iPhone"),
        ("curl/8.0", "A browser"),
    ],
)
def test_a_device_is_named_in_words(agent: str, name: str) -> None:
    assert name_device(agent) == name


def test_a_made_up_secret_in_the_cookie_is_nobody(client: FlaskClient, cast: Cast) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "made up"
    assert client.get("/account").status_code == 303
