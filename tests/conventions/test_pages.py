"""Every page that needs no number in its address, as every role meets it: sound markup, or a clear refusal."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import transaction
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.security.doors import PUBLIC, SIGNED_IN, door_of
from portal.security.permissions import allows
from portal.security.viewer import ASSIGNABLE_ROLES, PARTNER_ROLES, Role, Viewer
from tests.conventions.markup import faults

pytestmark = pytest.mark.one_database
ROLES = sorted(ASSIGNABLE_ROLES)
As = Callable[[Person | Viewer], FlaskClient]


@pytest.fixture
def cast(app: Flask) -> dict[Role, Person]:
    """One person of every role; those of the partner's side work for one partner."""
    with transaction():
        partner = add_partner("P-1", "Alpine Sports")
        return {
            role: add_person(
                f"{role.value}@portal.example", role.label, role, partner if role in PARTNER_ROLES else None
            )
            for role in ROLES
        }


def _doors(app: Flask) -> Iterator[tuple[str, str]]:
    """The address and the door of every page that can be opened without knowing a number."""
    for rule in app.url_map.iter_rules():
        plain = not rule.arguments and rule.methods and "GET" in rule.methods
        if plain and (door := door_of(app.view_functions[rule.endpoint])):
            yield rule.rule, door


def _walk(client: FlaskClient, addresses: list[str]) -> dict[str, list[str]]:
    """What is wrong with each of these addresses, for those where something is."""
    wrong = {}
    for address in addresses:
        answer = client.get(address)
        if answer.mimetype == "text/html" and answer.status_code >= 400:
            wrong[address] = [f"status {answer.status_code}"]
        elif answer.mimetype == "text/html" and "<html" in answer.text and answer.status_code == 200:
            wrong[address] = faults(answer.text)
    return {address: found for address, found in wrong.items() if found}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_a_role_may_open_is_sound_before_anything_is_stored(
    app: Flask, cast: dict[Role, Person], as_: As, role: Role
) -> None:
    mine = [address for address, door in _doors(app) if door in (PUBLIC, SIGNED_IN) or allows(role, door)]
    assert _walk(as_(cast[role]), mine) == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_page_of_another_role_is_refused(app: Flask, cast: dict[Role, Person], as_: As, role: Role) -> None:
    others = [address for address, door in _doors(app) if door not in (PUBLIC, SIGNED_IN) and not allows(role, door)]
    client = as_(cast[role])
    assert {
        address: status for address in others if (status := client.get(address).status_code) not in (403, 404)
    } == {}


def test_who_is_not_logged_in_is_sent_to_the_log_in(app: Flask, client: FlaskClient) -> None:
    closed = [address for address, door in _doors(app) if door != PUBLIC]
    answers = {address: client.get(address) for address in closed}
    assert {
        address for address, answer in answers.items() if "/login" not in answer.headers.get("Location", "")
    } == set()


def test_every_public_page_is_sound(app: Flask, client: FlaskClient) -> None:
    assert _walk(client, [address for address, door in _doors(app) if door == PUBLIC]) == {}
