"""Doors: what is written on them is who may enter."""

import pytest
from flask import Flask, g

from portal.core.errors import Forbidden
from portal.security.current import SignInNeeded, find_viewer, forget_viewer, install_loader, viewer
from portal.security.doors import door_of, leaves_view_as, public, requires, signed_in
from portal.security.permissions import allows
from portal.security.viewer import SYSTEM, Role, Viewer

pytestmark = pytest.mark.one_database
AUDITOR = Viewer(person_id=1, role=Role.AUDITOR)
SELLER = Viewer(person_id=2, role=Role.SELLER, partner_id=5)
WATCHED = Viewer(person_id=2, role=Role.AUDITOR, view_as_by=9)


@pytest.fixture
def flask_app():
    app = Flask("doors")
    app.extensions["who"] = None
    install_loader(app, lambda: app.extensions["who"])
    return app


def enter(app: Flask, view, who: Viewer | None, method: str = "GET") -> object:
    app.extensions["who"] = who
    with app.test_request_context("/", method=method):
        return view()


def test_a_permission_lets_only_its_holders_in(flask_app: Flask):
    view = requires("audit:read")(lambda: "in")
    assert enter(flask_app, view, AUDITOR) == "in"
    with pytest.raises(Forbidden):
        enter(flask_app, view, SELLER)
    with pytest.raises(SignInNeeded):
        enter(flask_app, view, None)


def test_an_unknown_permission_cannot_be_written_on_a_door():
    with pytest.raises(LookupError, match=r"permissions\.py"):
        requires("moon:land")


def test_viewing_as_another_changes_nothing(flask_app: Flask):
    for door in (requires("audit:read"), signed_in):
        view = door(lambda: "in")
        assert enter(flask_app, view, WATCHED) == "in"
        with pytest.raises(Forbidden, match="viewing as somebody else"):
            enter(flask_app, view, WATCHED, "POST")
    assert enter(flask_app, leaves_view_as(lambda: "out"), WATCHED, "POST") == "out"


def test_public_doors_stand_open(flask_app: Flask):
    assert enter(flask_app, public(lambda: "in"), None) == "in"


def test_every_door_can_be_read():
    assert door_of(requires("audit:read")(lambda: None)) == "audit:read"
    assert door_of(signed_in(lambda: None)) == "signed_in"
    assert door_of(public(lambda: None)) == "public"
    assert door_of(lambda: None) is None


def test_the_viewer_is_looked_up_once_a_request(flask_app: Flask):
    flask_app.extensions["who"] = AUDITOR
    with flask_app.test_request_context("/"):
        assert viewer() is AUDITOR
        flask_app.extensions["who"] = SELLER
        assert viewer() is AUDITOR
        forget_viewer()
        assert g.get("viewer") is None
        assert viewer() is SELLER
    assert find_viewer() is None


def test_without_a_loader_nobody_is_signed_in():
    with Flask("bare").test_request_context("/"):
        assert find_viewer() is None


def test_the_system_may_do_everything_and_roles_what_is_listed():
    assert SYSTEM.can("audit:read")
    assert SYSTEM.is_vendor
    assert allows(Role.AUDITOR, "audit:read")
    assert not SELLER.can("audit:read")
    assert SELLER.is_partner
    assert not SELLER.is_vendor
    assert Role.PARTNER_ADMIN.label == "Partner admin"
