"""Accounts, invitations, roles and employments."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import transaction
from portal.core.errors import Conflict, Forbidden, FourEyes, InvalidInput, PortalError
from portal.core.events import OutboxRow
from portal.partners.access.services import accept_invitation
from portal.partners.access.sessions import list_sessions, start_session
from portal.partners.organizations.services import close_partner
from portal.partners.people import grants, services
from portal.partners.people.employment import close_with_people
from portal.partners.people.models import GrantState, PersonState
from portal.partners.people.queries import (
    find_open_employment,
    find_person_by_email,
    get_grant,
    list_employments,
    list_pending_grants,
)
from portal.partners.people.rules import clean_email, clean_name
from portal.security.viewer import SYSTEM
from tests.people import PASSWORD, Cast, add_cast, fresh, viewer_of

Db = scoped_session[Session]


@pytest.fixture
def cast(db: Db) -> Cast:
    return add_cast()


def mailed(db: Db, fact: str) -> dict[str, Any]:
    row = db.query(OutboxRow).filter_by(fact=fact).order_by(OutboxRow.id.desc()).first()
    assert row is not None
    found: dict[str, Any] = json.loads(row.payload)
    return found


def test_an_invited_person_opens_the_account_with_the_mailed_link(db: Db, cast: Cast) -> None:
    with transaction():
        person = services.invite_person(
            " New.Seller@Shop.example", "New  Seller", "seller", cast.shop, by=viewer_of(cast.partner_admin)
        )
    assert (person.email, person.name, person.state) == ("new.seller@shop.example", "New Seller", PersonState.INVITED)
    mail = mailed(db, "PersonInvited")
    assert (mail["organization"], mail["invited_by"]) == ("Friendly Bike Shop", "Pia Holm")
    with transaction():
        accept_invitation(mail["token"], PASSWORD)
    assert person.state == PersonState.ACTIVE
    with pytest.raises(Conflict, match="already accepted"), transaction():
        services.mail_invitation(person, "", by=SYSTEM)


@pytest.mark.parametrize(
    "email", ["nobody", "a@b", "a b@c.de", "a@b..c", "x" * 250 + "@c.de", "<a@b.de>", "@b.de", "a\x01@b.de"]
)
def test_an_address_no_mail_server_takes_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput):
        clean_email(email)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_name_has_between_1_and_120_characters(name: str) -> None:
    with pytest.raises(InvalidInput):
        clean_name(name)


def test_roles_belong_to_their_side(db: Db, cast: Cast) -> None:
    for role, partner in (("seller", None), ("finance", cast.shop), ("king", None)):
        with pytest.raises(InvalidInput), transaction():
            services.add_person("x@y.example", "X", role, partner)


def test_an_address_in_use_cannot_be_invited_again(db: Db, cast: Cast) -> None:
    for email, role, partner in (
        ("rival@demo.example", "seller", cast.shop),
        ("finance@demo.example", "seller", cast.shop),
    ):
        with pytest.raises(Conflict, match="cannot be invited here"), transaction():
            services.add_person(email, "X", role, partner)


def test_a_partner_admin_gives_only_the_partners_roles_and_a_seller_none(db: Db, cast: Cast) -> None:
    for giver, role in ((cast.partner_admin, "auditor"), (cast.seller, "seller"), (cast.channel_manager, "admin")):
        with pytest.raises(Forbidden), transaction():
            services.invite_person("x@y.example", "X", role, None, by=viewer_of(giver))


def test_an_approving_role_is_given_by_two(db: Db, cast: Cast) -> None:
    admin = viewer_of(cast.admin)
    with pytest.raises(Forbidden, match="second person"), transaction():
        services.invite_person("new@demo.example", "New", "finance", None, by=admin)
    with transaction():
        grant = grants.request_role("new@demo.example", "New", "finance", by=admin)
    assert mailed(db, "RoleRequested")["recipients"] == ["admin@demo.example"]
    assert find_person_by_email("new@demo.example") is None
    with pytest.raises(Conflict, match="already been asked"), transaction():
        grants.request_role("new@demo.example", "New", "finance", by=admin)
    with pytest.raises(FourEyes), transaction():
        grants.confirm_role(grant, by=admin)
    with transaction():
        person = grants.confirm_role(get_grant(grant.id), by=viewer_of(cast.channel_manager))
    assert (person.role, person.state) == ("finance", PersonState.INVITED)
    with pytest.raises(Conflict, match="already been decided"), transaction():
        grants.refuse_role(grant, by=viewer_of(cast.finance))


def test_nobody_confirms_a_role_for_oneself(db: Db, cast: Cast) -> None:
    with transaction():
        grant = grants.request_role(cast.finance.email, "Flora", "channel_manager", by=viewer_of(cast.admin))
    with pytest.raises(FourEyes, match="for you"), transaction():
        grants.confirm_role(grant, by=viewer_of(cast.finance))
    with transaction():
        token = start_session(fresh(cast.finance), ip="", agent="")
        assert token
        grants.confirm_role(grant, by=viewer_of(cast.channel_manager))
    assert fresh(cast.finance).role == "channel_manager"
    assert not list_sessions(cast.finance.id)


def test_a_refused_role_changes_nothing(db: Db, cast: Cast) -> None:
    with transaction():
        grant = grants.request_role(cast.auditor.email, "Otto", "finance", by=viewer_of(cast.admin))
        grants.refuse_role(grant, by=viewer_of(cast.channel_manager))
    assert fresh(cast.auditor).role == "auditor"
    assert grant.state == GrantState.REFUSED
    assert not list_pending_grants()
    with pytest.raises(PortalError):
        get_grant(4711)
    with pytest.raises(Conflict), transaction():
        grants.request_role(cast.seller.email, "Sol", "finance", by=viewer_of(cast.admin))


def test_a_new_role_ends_the_sessions_that_hold_the_old_one(db: Db, cast: Cast) -> None:
    with transaction():
        start_session(fresh(cast.seller), ip="", agent="")
        services.change_role(fresh(cast.seller), "partner_admin", by=viewer_of(cast.partner_admin))
        services.change_role(fresh(cast.seller), "partner_admin", by=viewer_of(cast.partner_admin))
    assert fresh(cast.seller).role == "partner_admin"
    assert not list_sessions(cast.seller.id)
    assert mailed(db, "RoleChanged")["after"] == "partner_admin"


def test_roles_are_not_changed_by_oneself_across_sides_or_without_the_second_person(db: Db, cast: Cast) -> None:
    admin = viewer_of(cast.admin)
    for person, role, by in (
        (cast.admin, "auditor", admin), (cast.seller, "auditor", admin), (cast.auditor, "finance", admin),
        (cast.auditor, "admin", viewer_of(cast.channel_manager)),
    ):  # fmt: skip
        with pytest.raises(PortalError), transaction():
            services.change_role(fresh(person), role, by=by)


def test_an_ended_employment_ends_everything_at_once_and_keeps_the_points(db: Db, cast: Cast) -> None:
    owner = cast.seller.owner_id
    with transaction():
        start_session(fresh(cast.seller), ip="", agent="")
        services.end_employment(fresh(cast.seller), by=viewer_of(cast.partner_admin), organization="Friendly Bike Shop")
    left = fresh(cast.seller)
    assert (left.state, left.password_hash, left.owner_id) == (PersonState.ENDED, None, owner)
    assert not list_sessions(cast.seller.id)
    assert find_open_employment(cast.seller.id) is None
    with pytest.raises(Conflict, match="already left"), transaction():
        services.end_employment(fresh(cast.seller), by=SYSTEM)


def test_who_comes_back_is_the_same_person_with_a_second_employment(db: Db, cast: Cast) -> None:
    with transaction():
        services.end_employment(fresh(cast.seller), by=SYSTEM)
        back = services.add_person("seller@demo.example", "Sol Reyes", "seller", cast.rival_shop)
    assert back.id == cast.seller.id
    assert [name for _, name in list_employments(back.id)] == ["Friendly Bike Shop", "Permanent Finish Products"]
    assert find_open_employment(back.id).partner_id == cast.rival_shop.id


def test_an_employment_does_not_end_before_it_began_nor_ones_own(db: Db, cast: Cast) -> None:
    with pytest.raises(InvalidInput), transaction():
        services.end_employment(fresh(cast.seller), by=SYSTEM, on=cast.shop.created_at.date().replace(year=2001))
    with pytest.raises(Forbidden), transaction():
        services.end_employment(fresh(cast.admin), by=viewer_of(cast.admin))
    with pytest.raises(Forbidden), transaction():
        services.end_employment(fresh(cast.admin), by=viewer_of(cast.partner_admin))
    with pytest.raises(Forbidden), transaction():
        services.end_employment(fresh(cast.auditor), by=viewer_of(cast.channel_manager))


def test_a_vendors_account_ends_without_an_employment(db: Db, cast: Cast) -> None:
    with transaction():
        services.end_employment(fresh(cast.auditor), by=viewer_of(cast.admin))
    assert fresh(cast.auditor).state == PersonState.ENDED


def test_closing_a_partner_lets_its_people_go_and_lets_nobody_in(db: Db, cast: Cast) -> None:
    with transaction():
        assert close_with_people(fresh(cast.shop), by=viewer_of(cast.channel_manager), reason="Retires") == 2
    assert fresh(cast.seller).state == PersonState.ENDED
    with pytest.raises(Conflict, match="is closed"), transaction():
        services.add_person("x@y.example", "X", "seller", fresh(cast.shop))
    with pytest.raises(Conflict), transaction():
        close_partner(fresh(cast.shop), by=SYSTEM, reason="Again")


def test_a_person_with_a_weak_password_is_not_added(db: Db, cast: Cast) -> None:
    with pytest.raises(InvalidInput), transaction():
        services.add_person("x@y.example", "X", "seller", cast.shop, "short")
