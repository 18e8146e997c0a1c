"""Joining by a shop's code, waiting, being confirmed or declined; and logging in by a mailed link."""

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.claims.errors import ClaimMoved
from portal.claims.models import Claim
from portal.claims.queries import lock_claim
from portal.claims.submission.services import start_draft, submit_claim
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.partners.joining.models import JoinRequest
from portal.partners.joining.services import confirm_joiner, renew_shop_code
from portal.partners.people.models import Person
from portal.partners.people.queries import list_employments
from tests.partners.joiners import mailed_token
from tests.people import Cast, add_cast, fresh, log_in, viewer_of

JO = "jo@joiner.example"


@pytest.fixture
def cast(app, db) -> Cast:
    return add_cast()


@pytest.fixture
def code(cast: Cast) -> str:
    with transaction():
        return renew_shop_code(fresh(cast.shop), by=viewer_of(cast.partner_admin))


def facts(name: str) -> int:
    return session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.fact == name)) or 0


def ask(client: FlaskClient, code: str, email: str = JO) -> None:
    typed = f"{code[:4]}-{code[4:]}".lower()
    answer = client.post("/join", data={"code": typed, "email": email, "name": "Jo Lind"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert "Look into your mail" in answer.get_data(as_text=True)


def join(client: FlaskClient, code: str) -> int:
    ask(client, code)
    link = f"/join/{mailed_token('JoinAsked')}"
    assert "Open my account" in client.get(link).get_data(as_text=True)
    assert client.post(link).status_code == 303
    session.rollback()
    return session.scalars(select(Person.id).where(Person.email == JO)).one()


def test_somebody_joins_waits_and_is_confirmed(app: Flask, cast: Cast, code: str, client: FlaskClient):
    joiner = join(client, code)
    person = session.get_one(Person, joiner)
    assert (person.state, person.partner_id) == ("waiting", cast.shop.id)
    home = client.get("/").get_data(as_text=True)
    assert "Your shop has to confirm you" in home
    assert facts("JoinWaits") == 1
    boss = app.test_client()
    log_in(boss, cast.partner_admin)
    assert boss.get("/people/joining/count").get_data(as_text=True) == "1"
    assert "Jo Lind" in boss.get("/people/joining").get_data(as_text=True)
    number = session.scalars(select(JoinRequest.id)).one()
    answer = boss.post(f"/people/joining/{number}/confirm", follow_redirects=True)
    assert "Jo Lind works here now" in answer.get_data(as_text=True)
    session.rollback()
    assert session.get_one(Person, joiner).state == "active"
    assert [(job.partner_id, job.started_on) for job, _ in list_employments(joiner)] == [
        (cast.shop.id, clock.today())
    ]  # fmt: skip
    assert facts("JoinConfirmed") == 1
    assert "Your shop has to confirm you" not in client.get("/").get_data(as_text=True)
    assert boss.post(f"/people/joining/{number}/confirm").status_code == 404


def test_who_waits_may_draft_a_claim_and_not_file_it(cast: Cast, code: str, client: FlaskClient):
    person = session.get_one(Person, join(client, code))
    assert client.get("/claims/new").status_code == 200
    me = viewer_of(person)
    with transaction():
        number = start_draft(seller=session.get_one(Person, person.id), by=me).id
    with pytest.raises(ClaimMoved, match="Your shop has to confirm you"), transaction():
        submit_claim(lock_claim(me, number), by=me)
    assert session.get_one(Claim, number).state == "draft"
    assert client.get("/statements").status_code == 403
    assert client.get("/rewards").status_code == 403


def test_who_is_declined_reads_why_and_is_out_at_once(app: Flask, cast: Cast, code: str, client: FlaskClient):
    person = join(client, code)
    number = session.scalars(select(JoinRequest.id)).one()
    boss = app.test_client()
    log_in(boss, cast.partner_admin)
    assert boss.post(f"/people/joining/{number}/decline", data={"reason": ""}).status_code == 422
    boss.post(f"/people/joining/{number}/decline", data={"reason": "We do not know you."})
    session.rollback()
    assert session.get_one(Person, person).state == "ended"
    assert facts("JoinDeclined") == 1
    assert client.get("/").status_code == 303
    acts = set(session.scalars(select(AuditEntry.act)))
    assert {"join.asked", "join.proved", "join.declined", "shop_code.renewed"} <= acts


def test_a_link_works_once_and_for_one_day(cast: Cast, code: str, client: FlaskClient):
    join(client, code)
    assert client.post(f"/join/{mailed_token('JoinAsked')}").status_code == 410
    ask(client, code, "late@joiner.example")
    link = f"/join/{mailed_token('JoinAsked')}"
    with clock.frozen((clock.now() + dt.timedelta(hours=25)).isoformat()):
        assert client.get(link).status_code == 410


def test_a_renewed_code_and_an_unknown_one_open_nothing(cast: Cast, code: str, client: FlaskClient):
    ask(client, code)
    link = f"/join/{mailed_token('JoinAsked')}"
    boss = client.application.test_client()
    log_in(boss, cast.partner_admin)
    assert "fresh code" in boss.post("/people/joining/renew-code", follow_redirects=True).get_data(as_text=True)
    answer = client.post("/join", data={"code": code, "email": JO, "name": "Jo"})
    assert answer.status_code == 422
    assert "No shop has this code" in answer.get_data(as_text=True)
    assert client.post(link).status_code == 303  # the link was mailed while the code was good


def test_a_known_address_is_answered_alike_and_gets_a_link_to_log_in(cast: Cast, code: str, client: FlaskClient):
    ask(client, code, cast.rival_seller.email)
    assert session.scalars(select(JoinRequest)).all() == []
    assert facts("LogInLinkRequested") == 1


def test_tries_are_counted_before_anything_is_looked_up(cast: Cast, client: FlaskClient):
    codes = [client.post("/join", data={"code": "NOPE", "email": JO, "name": "J"}).status_code for _ in range(12)]
    assert codes == [422] * 10 + [429] * 2


@pytest.mark.one_database
def test_strangers_see_neither_code_nor_joiners(app: Flask, cast: Cast, code: str, client: FlaskClient):
    join(client, code)
    number = session.scalars(select(JoinRequest.id)).one()
    for person, status in (
        (cast.rival_admin, 404), (cast.distributor_admin, 404), (cast.seller, 403), (cast.channel_manager, 403),
        (cast.finance, 403), (cast.auditor, 403), (cast.admin, 403),
    ):  # fmt: skip
        other = app.test_client()
        log_in(other, person)
        for act in ("confirm", "decline"):
            assert other.post(f"/people/joining/{number}/{act}", data={"reason": "x"}).status_code == status
        assert code not in other.get("/people/joining").get_data(as_text=True).replace("-", "")
        assert other.get("/people/joining/code.svg").status_code in (303, 403)


@pytest.mark.one_database
def test_the_picture_holds_the_address_with_the_code(app: Flask, cast: Cast, code: str):
    boss = app.test_client()
    log_in(boss, cast.partner_admin)
    assert f"/join?code={code}" in boss.get("/people/joining").get_data(as_text=True)
    picture = boss.get("/people/joining/code.svg")
    assert picture.content_type.startswith("image/svg+xml")
    assert b"<path" in picture.data


@pytest.mark.one_database
def test_bad_input_is_kept_and_refused_in_words(cast: Cast, code: str, client: FlaskClient):
    for data, words in (
        ({"code": code, "email": "no address", "name": "Jo"}, "is no e-mail address"),
        ({"code": code, "email": JO, "name": ""}, "Type your name"),
        ({"code": "", "email": JO, "name": "Jo"}, "Type the code"),
        ({"code": code, "email": JO, "name": "J\x00"}, "invisible control character"),
    ):
        answer = client.post("/join", data=data)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)


def test_a_link_logs_in_once(cast: Cast, client: FlaskClient):
    answer = client.post("/login/link", data={"email": cast.seller.email})
    unknown = client.post("/login/link", data={"email": "nobody@demo.example"})
    same = answer.get_data(as_text=True).replace(cast.seller.email, "X")
    assert same == unknown.get_data(as_text=True).replace("nobody@demo.example", "X")
    link = f"/login/links/{mailed_token('LogInLinkRequested')}"
    assert "Log in as Sol Reyes" in client.get(link).get_data(as_text=True)
    assert client.post(link).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.application.test_client().post(link).status_code == 410


def test_a_log_in_link_lives_for_a_quarter_of_an_hour(cast: Cast, client: FlaskClient):
    client.post("/login/link", data={"email": cast.seller.email})
    link = f"/login/links/{mailed_token('LogInLinkRequested')}"
    with clock.frozen((clock.now() + dt.timedelta(minutes=16)).isoformat()):
        assert client.post(link).status_code == 410


def test_more_than_three_links_are_not_mailed(cast: Cast, client: FlaskClient):
    for _ in range(5):
        assert client.post("/login/link", data={"email": cast.seller.email}).status_code == 200
    assert facts("LogInLinkRequested") == 3


def test_somebody_who_left_comes_back_as_the_same_person(cast: Cast, code: str, client: FlaskClient):
    person = join(client, code)
    with transaction():
        wish = session.scalars(select(JoinRequest)).one()
        confirm_joiner(wish, by=viewer_of(cast.partner_admin))
    boss = client.application.test_client()
    log_in(boss, cast.partner_admin)
    boss.post(f"/people/{person}/end-employment")
    again = client.application.test_client()
    assert join(again, code) == person
