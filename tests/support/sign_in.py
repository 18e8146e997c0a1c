"""Clients that are somebody, without a walk through the log-in page (which has tests of its own)."""

from flask import Flask, request
from flask.testing import FlaskClient

from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.partners.territories.models import ManagerTerritory
from portal.security.viewer import Role, Viewer

WHO = "tests.viewer"


def client_of(app: Flask, who: Person | Viewer) -> FlaskClient:
    """A client whose every request is this person's; several people may act in one test."""
    client = app.test_client()
    client.environ_base[WHO] = who if isinstance(who, Viewer) else viewer_of(who)  # type: ignore[assignment]
    return client


def recognize_test_clients(app: Flask) -> None:
    """Let the app see who a test's client is; other requests are looked at as always."""
    usual = app.extensions["viewer_loader"]
    app.extensions["viewer_loader"] = lambda: request.environ.get(WHO) or usual()


def viewer_of(person: Person) -> Viewer:
    """A person as rooms see one."""
    partner = session.get(Partner, person.partner_id) if person.partner_id else None
    territories = session.query(ManagerTerritory.territory_id).filter_by(person_id=person.id)
    return Viewer(
        person_id=person.id,
        role=Role(person.role),
        partner_id=person.partner_id,
        territory_ids=frozenset(row.territory_id for row in territories),
        name=person.name,
        email=person.email,
        organization=partner.name if partner else "",
        owner_id=person.owner_id,
    )
