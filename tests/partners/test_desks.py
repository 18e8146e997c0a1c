"""What is done on the desks: forms that keep what was typed, acts that land where they should."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import engine, session, transaction
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.events import OutboxRow
from portal.partners.onboarding.models import PartnerApplication
from portal.partners.onboarding.queries import get_application, responsible_managers
from portal.partners.onboarding.rules import propose_code
from portal.partners.onboarding.services import apply_for_partnership
from portal.partners.organizations.models import Partner
from portal.partners.people.models import PersonState, RoleGrant
from portal.partners.people.queries import find_person_by_email
from portal.partners.spif.models import Answer
from portal.partners.spif.queries import answer_on
from portal.partners.spif.services import answer_spifs
from portal.partners.supply.models import Supply
from portal.partners.supply.services import start_supply
from portal.partners.territories.queries import get_territory, territory_ids_of
from portal.partners.territories.services import assign_territories
from portal.security.viewer import SYSTEM
from tests.people import Cast, add_cast, add_shop, fresh, log_in, viewer_of

pytestmark = pytest.mark.one_database
SHOP = "/partners/AW00000290"
TODAY = clock.today().isoformat()
APPLICATION = {
    "company": "Alpine Bikes",
    "type": "reseller",
    "country": "US",
    "currency": "usd",
    "territory": "1",
    "contact_name": "Al Pine",
    "contact_email": "al@alpine.example",
    "message": "We sell bikes on a hill.",
}
PARTNER = {
    "name": "New Shop",
    "code": "NEW-1",
    "currency": "usd",
    "type": "dealer",
    "territory": "Northwest",
    "tier": "",
}


@pytest.fixture
def cast(app: Flask) -> Cast:
    return add_cast()


@pytest.fixture
def manager(client: FlaskClient, cast: Cast) -> FlaskClient:
    log_in(client, cast.channel_manager)
    return client


def partner(code: str) -> Partner:
    session.rollback()
    return session.scalars(select(Partner).where(Partner.code == code)).one()


def payload(fact: str) -> dict[str, object]:
    row = session.scalars(select(OutboxRow).where(OutboxRow.fact == fact).order_by(OutboxRow.id.desc())).first()
    assert row is not None
    found: dict[str, object] = json.loads(row.payload)
    return found


def test_an_application_becomes_a_partner_with_an_invited_admin(app: Flask, manager: FlaskClient, cast: Cast) -> None:
    visitor = app.test_client()
    assert "has arrived" in visitor.post("/apply", data=APPLICATION).get_data(as_text=True)
    assert payload("ApplicationWaits")["recipients"] == [cast.second_manager.email, cast.channel_manager.email]
    assert manager.get("/applications/count").get_data(as_text=True) == "1"
    assert 'value="ALPINE-BIKES"' in manager.get("/applications/1").get_data(as_text=True)
    decision = {"code": "ALPINE-BIKES", "tier": "silver", "segment": "", "territory": "1"}
    assert manager.post("/applications/1/approve", data=decision).headers["Location"] == "/partners/ALPINE-BIKES"
    made = partner("ALPINE-BIKES")
    assert (made.name, made.tier, made.currency) == ("Alpine Bikes", "silver", "USD")
    person = find_person_by_email("al@alpine.example")
    assert person is not None
    assert (person.role, person.state, person.partner_id) == ("partner_admin", PersonState.INVITED, made.id)
    assert payload("PersonInvited")["invited_by"] == "Tess Moran"
    shown = manager.get("/applications/1").get_data(as_text=True)
    assert "Tess Moran" in shown
    again = manager.post("/applications/1/approve", data=decision | {"code": "OTHER"})
    assert (again.status_code, "already been approved" in again.get_data(as_text=True)) == (409, True)
    assert manager.get("/applications/count").get_data(as_text=True) == ""


def test_an_application_is_declined_with_a_reason_the_applicant_reads(manager: FlaskClient, cast: Cast) -> None:
    manager.post("/apply", data=APPLICATION | {"territory": ""})
    assert manager.post("/applications/1/reject", data={"reason": ""}).status_code == 422
    assert manager.post("/applications/1/reject", data={"reason": "No shop there."}).status_code == 303
    assert payload("ApplicationRejected")["reason"] == "No shop there."
    assert "No shop there." in manager.get("/applications/1").get_data(as_text=True)
    again = manager.post("/applications/1/reject", data={"reason": "Again."})
    assert "already been rejected" in again.get_data(as_text=True)


def test_an_application_that_cannot_be_read_keeps_what_was_typed(client: FlaskClient, cast: Cast) -> None:
    for wrong in ({"contact_email": "nobody"}, {"currency": "ABC"}, {"type": ""}, {"company": " "}):
        answer = client.post("/apply", data=APPLICATION | wrong)
        assert answer.status_code == 422
        assert "We sell bikes on a hill." in answer.get_data(as_text=True)
    assert session.query(PartnerApplication).count() == 0


def test_the_public_form_is_throttled_in_words(client: FlaskClient, cast: Cast) -> None:
    statuses = [client.post("/apply", data=APPLICATION).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_the_application_service_checks_for_itself(cast: Cast) -> None:
    good = {name: value for name, value in APPLICATION.items() if name != "territory"} | {"currency": "USD"}
    for wrong in ({"company": ""}, {"type": "shop"}, {"currency": "usd"}, {"contact_email": "x"}):
        with pytest.raises(InvalidInput), transaction():
            apply_for_partnership(**(good | wrong))  # type: ignore[arg-type]
    assert propose_code("Alpine Bikes", {"ALPINE-BIKES", "ALPINE-BIKES-2"}) == "ALPINE-BIKES-3"
    assert propose_code("北京", set()) == "PARTNER"
    assert propose_code("Émile & Söhne", set()) == "EMILE-SOHNE"


def test_a_manager_of_other_territories_does_not_see_the_application(cast: Cast) -> None:
    with transaction():
        given = {name: value for name, value in APPLICATION.items() if name != "territory"} | {"currency": "USD"}
        mine = apply_for_partnership(**given, territory_id=cast.shop.territory_id)
        open_to_all = apply_for_partnership(**given)  # type: ignore[arg-type]
        assign_territories(fresh(cast.channel_manager), [cast.rival_shop.territory_id or 0], by=viewer_of(cast.admin))
    viewer = viewer_of(cast.channel_manager)
    assert get_application(viewer, open_to_all.id) is open_to_all
    for stranger in (viewer, viewer_of(cast.partner_admin)):
        with pytest.raises(NotFound):
            get_application(stranger, mine.id)
    assert [p.email for p in responsible_managers(cast.rival_shop.territory_id)] == [cast.channel_manager.email]
    assert [p.email for p in responsible_managers(None)] == [cast.second_manager.email]


def test_a_partner_is_added_once_and_the_form_keeps_what_was_typed(manager: FlaskClient) -> None:
    assert manager.post("/partners/new", data=PARTNER).headers["Location"] == "/partners/NEW-1"
    again = manager.post("/partners/new", data=PARTNER | {"segment": "Typed before"})
    assert again.status_code == 422
    assert "already a partner with the code" in again.get_data(as_text=True)
    assert "Typed before" in again.get_data(as_text=True)


def test_a_change_keeps_the_old_values_of_earlier_days(manager: FlaskClient) -> None:
    data = {"name": "Friendly", "email": "", "type": "reseller", "territory": "Southwest", "segment": "Chain"}
    more = {"parent": "AW00000650", "country": "US", "valid_from": TODAY, "reason": "Moved"}
    assert manager.post(f"{SHOP}/change", data=data | more).status_code == 303
    shown = partner("AW00000290")
    assert (shown.name, shown.segment) == ("Friendly", "Chain")
    assert "Permanent Finish Products" in manager.get(SHOP).get_data(as_text=True)
    for wrong in ({"parent": "NOBODY"}, {"valid_from": "yesterday"}, {"parent": "AW00000290"}):
        assert manager.post(f"{SHOP}/change", data=data | more | wrong).status_code == 422


def test_many_partners_are_handed_over_in_one_act(manager: FlaskClient) -> None:
    data = {"code": ["AW00000290", "AW00000650"], "territory": "Southwest", "valid_from": TODAY, "segment": "Chain"}
    data["manager"] = ""
    assert manager.post("/partners/change-many", data=data).status_code == 303
    assert partner("AW00000290").territory_id == partner("AW00000650").territory_id
    nothing = manager.post("/partners/change-many", data={"code": "AW00000290", "territory": "", "valid_from": TODAY})
    assert nothing.status_code == 422
    assert session.query(AuditEntry).filter_by(act="partner.changed").count() == 1


def test_closing_a_partner_takes_a_reason(manager: FlaskClient, cast: Cast) -> None:
    assert manager.post(f"{SHOP}/close", data={"reason": ""}).status_code == 422
    assert manager.post(f"{SHOP}/close", data={"reason": "The owner retires."}).status_code == 303
    assert partner("AW00000290").state == "closed"
    assert fresh(cast.seller).state == PersonState.ENDED


def test_a_tier_is_set_from_a_day_with_a_reason(manager: FlaskClient, cast: Cast) -> None:
    data = {"tier": "platinum", "valid_from": TODAY, "reason": "Twelve good months"}
    assert manager.post(f"{SHOP}/tier", data=data).status_code == 303
    assert manager.post(f"{SHOP}/tier", data=data | {"reason": ""}).status_code == 422
    assert manager.post(f"{SHOP}/tier", data=data | {"reason": "\t"}).status_code == 422
    assert partner("AW00000290").tier == "platinum"
    assert payload("TierChanged")["recipients"] == [cast.partner_admin.email]


def test_supply_begins_and_ends_on_named_days(manager: FlaskClient, cast: Cast) -> None:
    data = {"distributor": "D-NORTH", "valid_from": "2026-01-01"}
    assert manager.post(f"{SHOP}/supply/start", data=data).status_code == 303
    again = manager.post(f"{SHOP}/supply/start", data=data)
    assert "already supplies" in again.get_data(as_text=True)
    number = session.query(Supply).one().id
    assert session.query(Supply).one().valid_from == dt.date(2026, 1, 1)
    assert manager.post(f"/supply/{number}/end", data={"valid_until": ""}).status_code == 422
    assert manager.post(f"/supply/{number}/end", data={"valid_until": "2026-01-01"}).status_code == 422
    assert manager.post(f"/supply/{number}/end", data={"valid_until": "2026-02-01"}).status_code == 303
    session.expire_all()
    assert session.query(Supply).one().valid_until == dt.date(2026, 2, 1)
    assert manager.post(f"/supply/{number}/end", data={"valid_until": "2026-03-01"}).status_code == 409
    assert manager.get("/partners/D-NORTH").status_code == 200


def test_supply_needs_a_distributor_another_partner_and_days_in_order(cast: Cast) -> None:
    day = dt.date(2026, 1, 1)
    for source, partner_, until in (
        (cast.rival_shop, cast.shop, None),
        (cast.distributor, cast.distributor, None),
        (cast.distributor, cast.shop, day),
    ):
        with pytest.raises(InvalidInput), transaction():
            start_supply(source, partner_, valid_from=day, valid_until=until)
    with transaction():
        start_supply(cast.distributor, cast.shop, valid_from=day, valid_until=dt.date(2026, 2, 1))
        start_supply(cast.distributor, cast.shop, valid_from=dt.date(2026, 2, 1))
    with pytest.raises(Conflict), transaction():
        start_supply(cast.distributor, cast.shop, valid_from=dt.date(2025, 1, 1))


def test_the_employer_answers_about_spifs_from_today_on(client: FlaskClient, cast: Cast) -> None:
    assert answer_on(cast.shop.id, clock.today()) is Answer.FORBIDDEN
    log_in(client, cast.partner_admin)
    good = {"answer": "allowed", "valid_from": TODAY}
    assert client.post(f"{SHOP}/spif-answer", data=good).status_code == 303
    assert client.post(f"{SHOP}/spif-answer", data=good | {"valid_from": "2020-01-01"}).status_code == 422
    assert answer_on(cast.shop.id, clock.today()) is Answer.ALLOWED
    assert answer_on(cast.shop.id, clock.today() - dt.timedelta(days=1)) is Answer.FORBIDDEN
    assert answer_on(cast.shop.id, clock.today(), as_of=clock.now() - dt.timedelta(days=1)) is Answer.FORBIDDEN
    with pytest.raises(InvalidInput), transaction():
        answer_spifs(cast.shop, "perhaps", valid_from=clock.today())


def test_territories_are_added_and_assigned(app: Flask, manager: FlaskClient, cast: Cast) -> None:
    assert manager.post("/territories/add", data={"name": "Alps", "region": "Europe"}).status_code == 303
    assert manager.post("/territories/add", data={"name": "Alps"}).status_code == 422
    admin = app.test_client()
    log_in(admin, cast.admin)
    path = f"/people/{cast.channel_manager.id}/territories"
    assert admin.post(path, data={"territories": ["1", "2"]}).status_code == 303
    assert territory_ids_of(cast.channel_manager.id) == {1, 2}
    assert admin.post(path, data={"territories": ["77"]}).status_code == 422
    assert admin.post(path).status_code == 303
    assert admin.post(f"/people/{cast.finance.id}/territories", data={}).status_code == 422
    assert "Alps" in manager.get("/territories").get_data(as_text=True)
    with pytest.raises(NotFound):
        get_territory(4711)


def test_people_are_invited_and_invited_again(client: FlaskClient, cast: Cast) -> None:
    log_in(client, cast.partner_admin)
    data = {"name": "Nia New", "email": "nia@shop.example", "role": "seller", "partner": "AW00000290"}
    assert client.post("/people/invite", data=data).status_code == 303
    person = find_person_by_email("nia@shop.example")
    assert person is not None
    assert client.post(f"/people/{person.id}/invite-again").status_code == 303
    small = {"email": "ned@shop.example", "partner": "aw00000290"}
    assert client.post("/people/invite", data=data | small).status_code == 303
    for wrong in ({"partner": "AW00000650"}, {"email": "nobody"}, {"role": "admin"}, {"name": ""}):
        assert client.post("/people/invite", data=data | {"email": "z@shop.example"} | wrong).status_code == 422
    assert client.post(f"/people/{cast.seller.id}/role", data={"role": "partner_admin"}).status_code == 303
    assert client.post(f"/people/{cast.seller.id}/role", data={"role": "finance"}).status_code == 422
    assert client.post(f"/people/{cast.seller.id}/end-employment").status_code == 303
    assert fresh(cast.seller).state == PersonState.ENDED


def test_an_approving_role_waits_on_a_desk_for_the_second_person(app: Flask, manager: FlaskClient, cast: Cast) -> None:
    admin = app.test_client()
    log_in(admin, cast.admin)
    data = {"name": "Nia New", "email": "nia@demo.example", "role": "finance", "partner": ""}
    assert admin.post("/people/invite", data=data).status_code == 303
    assert admin.post(f"/people/{cast.auditor.id}/role", data={"role": "finance"}).status_code == 303
    assert admin.post(f"/people/{cast.auditor.id}/role", data={"role": "admin"}).status_code == 303
    assert "someone else must confirm" not in manager.get("/people/role-requests").get_data(as_text=True)
    assert "2 roles" in manager.get("/people").get_data(as_text=True)
    first, second = (row.id for row in session.query(RoleGrant).order_by(RoleGrant.id))
    assert manager.post(f"/people/role-requests/{first}/confirm").status_code == 303
    assert manager.post(f"/people/role-requests/{second}/refuse").status_code == 303
    assert manager.post(f"/people/role-requests/{second}/refuse").status_code == 409
    assert find_person_by_email("nia@demo.example") is not None
    assert fresh(cast.auditor).role == "admin"
    assert admin.post(f"/people/{cast.finance.id}/end-employment").status_code == 303


@pytest.mark.parametrize("path", ["/partners", "/people", "/applications"])
def test_a_list_takes_at_most_twelve_statements_however_long_it_is(manager: FlaskClient, cast: Cast, path: str) -> None:
    with transaction():
        for number in range(30):
            add_shop(f"S-{number}", f"Shop {number}", parent=cast.shop)  # type: ignore[arg-type]
    seen: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert manager.get(path).status_code == 200
    assert len(seen) <= 12, seen


def test_the_list_as_a_file_can_be_imported_again(manager: FlaskClient, cast: Cast) -> None:
    words = manager.get("/partners/export.csv?q=friendly").get_data(as_text=True)
    assert words.splitlines()[1] == "AW00000290,Friendly Bike Shop,reseller,,Northwest,,gold,US,USD,"
    log = session.query(AuditEntry).filter(AuditEntry.act == "partner.added").count()
    assert log == 3
    assert SYSTEM.is_vendor


def test_the_search_finds_what_the_viewer_may_see(app: Flask, cast: Cast) -> None:
    from portal.partners.organizations.slots import find_partners
    from portal.partners.people.slots import find_people

    with app.test_request_context():
        manager, partner_admin = viewer_of(cast.channel_manager), viewer_of(cast.partner_admin)
        assert [hit.label for hit in find_partners(manager, "finish")] == ["Permanent Finish Products"]
        assert [hit.label for hit in find_people(manager, "rival@")] == ["Rob Vance"]
        assert not list(find_partners(partner_admin, "finish"))
        assert not list(find_people(viewer_of(cast.seller), "sol"))
        assert not list(find_partners(viewer_of(cast.seller), "friendly"))


@pytest.mark.parametrize("path", ["/partners?type=reseller&segment=Chain&state=active", "/people?state=active&q=shop"])
def test_filters_narrow_the_lists(manager: FlaskClient, cast: Cast, path: str) -> None:
    assert manager.get(path).status_code == 200
