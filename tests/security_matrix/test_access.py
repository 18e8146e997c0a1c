"""P-11: every address, every role, the own row, a stranger's and a missing one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.rewards.redemption import queries as orders
from portal.rewards.redemption.models import RewardOrder
from portal.security.doors import PUBLIC
from tests.security_matrix.answers import missing_headers
from tests.security_matrix.conftest import Prepared, copy_files
from tests.security_matrix.digests import Watch, body
from tests.security_matrix.places import PLACES, Address, addresses, rules
from tests.security_matrix.world import Channel

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
NAMES = ("seller", "colleague", "partner_admin", "rival_seller", "rival_admin", "distributor_admin",
         "channel_manager", "near_manager", "far_manager", "finance", "auditor", "admin")  # fmt: skip
# Acts that a second person must do, or that a role may do to others only: refused with 403 although the door is open.
FOUR_EYES = {
    (endpoint, name, 403)
    for endpoint, names in {
        "claims.submission.copy_claim": ("partner_admin", "channel_manager", "near_manager"),  # who filed it repeats it
        "claims.submission.reopen_claim": ("partner_admin", "channel_manager", "near_manager"),  # so does who reopens
        "ledger.confirm_adjustment": ("finance",),
        "ledger.refuse_adjustment": ("finance",),
        "partners.access.start_viewing": ("channel_manager", "near_manager", "admin"),  # needs a session of one's own
        "partners.limits.confirm_limit": ("admin",),
        "partners.limits.refuse_limit": ("admin",),
        "partners.people.confirm_role": ("admin",),
        "partners.people.refuse_role": ("admin",),
    }.items()
    for name in names
}


def test_every_address_with_a_number_says_what_stands_in_it(app: Flask) -> None:
    needed = {rule.endpoint for rule in rules(app) if rule.arguments}
    assert sorted(needed - set(PLACES)) == [], "add these to tests/security_matrix/places.py"
    assert sorted(set(PLACES) - needed) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_sent_to_the_log_in_from_every_closed_door(
    app: Flask, be: Be, channel: Channel, database_url: str, method: str
) -> None:
    client, watch, wrong = be(""), Watch(database_url), []
    for address in addresses(app, channel, method):
        if address.door == PUBLIC:
            continue
        answer = client.open(address.own, method=method)
        if answer.status_code != 303 or not answer.location.startswith("/login"):
            wrong.append((address.endpoint, answer.status_code))
    assert wrong == [], "\n".join(map(str, wrong))
    assert watch.changed() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_role_without_the_right_is_refused_and_nothing_happens(
    app: Flask, be: Be, channel: Channel, database_url: str, method: str
) -> None:
    watch, wrong = Watch(database_url), []
    for name, client, address in _asked(app, be, channel, method):
        if not address.open_to(channel, name):
            answer = client.open(address.own, method=method)
            if answer.status_code != 403 or watch.changed():
                wrong.append((address.endpoint, name, answer.status_code, watch.changed()))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strangers_row_reads_like_one_that_is_not_there(
    app: Flask, be: Be, channel: Channel, database_url: str, method: str
) -> None:
    watch, wrong = Watch(database_url), []
    for name, client, address in _asked(app, be, channel, method):
        if address.open_to(channel, name) and address.place.args:
            wrong += _stranger(client, address, name)
            if changed := watch.changed():
                wrong.append(f"{address.endpoint} by {name} changed {changed}")
    assert wrong == [], "\n".join(map(str, wrong))


def _asked(app: Flask, be: Be, channel: Channel, method: str) -> Iterator[tuple[str, FlaskClient, Address]]:
    """Everybody at every address."""
    found = addresses(app, channel, method)
    for name in NAMES:
        client = be(name)
        for address in found:
            yield name, client, address


def _stranger(client: FlaskClient, address: Address, name: str) -> list[str]:
    missing = client.open(address.missing, method=address.method)
    if missing.status_code != (303 if address.place.quiet else 404):
        return [f"{address.endpoint}: a missing row gives {name} {missing.status_code}"]
    if name not in address.place.blind:
        return []
    foreign = client.open(address.own, method=address.method)
    if foreign.status_code != missing.status_code:
        return [f"{address.endpoint}: a stranger's row gives {name} {foreign.status_code}"]
    if body(foreign.text, address.own) != body(missing.text, address.missing):
        return [f"{address.endpoint}: a stranger's row reads otherwise to {name} than a missing one"]
    return []


def test_who_holds_the_right_may_do_it_to_the_own_rows(
    app: Flask, be: Be, channel: Channel, prepared: Prepared, database_url: str
) -> None:
    watch, wrong = Watch(database_url), []
    watch.keep()
    for name, client, address in _open(app, be, channel, "POST"):
        status = client.post(address.own).status_code
        if watch.restore() and "imports" in address.endpoint:
            copy_files(prepared, watch.path.parent)
        if status in (403, 404) or status >= 500:
            wrong.append((address.endpoint, name, status))
    assert set(wrong) == FOUR_EYES


def test_every_page_opens_for_its_roles_changes_nothing_and_carries_the_headers(
    app: Flask, be: Be, channel: Channel, database_url: str
) -> None:
    watch, wrong = Watch(database_url), []
    for name, client, address in _open(app, be, channel, "GET"):
        answer = client.get(address.own)
        found = [*watch.changed(), *missing_headers(answer)]
        if answer.status_code not in (200, 204, 303) or found:
            wrong.append((address.endpoint, name, answer.status_code, found))
    assert wrong == [], "\n".join(map(str, wrong))


def _open(app: Flask, be: Be, channel: Channel, method: str) -> Iterator[tuple[str, FlaskClient, Address]]:
    """Everybody at every address that their role may enter and whose row they may know of."""
    for name, client, address in _asked(app, be, channel, method):
        if address.door != PUBLIC and address.open_to(channel, name) and name not in address.place.blind:
            yield name, client, address


def test_a_hole_made_on_purpose_is_found(app: Flask, be: Be, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "visible_orders", lambda _viewer: select(RewardOrder))
    address = next(one for one in addresses(app, channel, "GET") if one.endpoint == "rewards.redemption.show_order")
    found = {name for name in NAMES if _stranger(be(name), address, name)}
    assert found == set(address.place.blind)
