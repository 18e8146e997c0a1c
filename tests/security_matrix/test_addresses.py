"""P-18: no address, whatever is written into it, makes the portal fail; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote_from_bytes

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.security_matrix.nasty import NASTY, asked_for, encode
from tests.security_matrix.places import PLACES, Address, addresses, rules
from tests.security_matrix.world import Channel

Be = Callable[[str], FlaskClient]
READINESS = "home.health.show_readiness"  # it says 503 as long as no worker lives
ROLES = ("channel_manager", "seller", "partner_admin", "finance", "admin", "auditor")
WORST = ("NUL", "2^63", "5,000 digits", "minus", "superscript", "far day")
SHORT = [value for value in NASTY.values() if value and len(value) < 10_000]


def _somebody(address: Address, channel: Channel) -> str:
    """Somebody who may open it."""
    return next(name for name in ROLES if address.open_to(channel, name) and name not in address.place.blind)


def test_no_query_string_makes_a_page_fail(app: Flask, be: Be, channel: Channel) -> None:
    failed = []
    for address in addresses(app, channel, "GET"):
        client = be(_somebody(address, channel))
        for query in _queries(app, address):
            status = client.get(f"{address.own}?{query}").status_code
            if status >= 500 and address.endpoint != READINESS:
                failed.append((address.endpoint, status, query[:200]))
    assert failed == [], "\n".join(map(str, failed))


def _queries(app: Flask, address: Address) -> Iterator[str]:
    """The worst values in all parameters at once, then each parameter alone, twice, with two of the others."""
    names = asked_for(app.view_functions[address.endpoint].__module__)
    for name in WORST:
        yield encode([(one, NASTY[name]) for one in names])
    for place, name in enumerate(names):
        yield encode([(name, SHORT[place % len(SHORT)]), (name, SHORT[(place + 5) % len(SHORT)])])


def test_no_row_number_or_code_makes_an_address_fail(app: Flask, be: Be, channel: Channel) -> None:
    failed = []
    for rule in rules(app):
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        for address in addresses(app, channel, method) if rule.arguments else ():
            if address.endpoint == rule.endpoint:
                client = be(_somebody(address, channel))
                failed += [
                    (path[:120], status)
                    for path in _paths(app, rule, channel)
                    if (status := client.open(path, method=method).status_code) >= 500
                ]
    assert failed == [], "\n".join(map(str, failed))


def _paths(app: Flask, rule: Rule, channel: Channel) -> Iterator[str]:
    """The address with each of its parts replaced in turn."""
    known = PLACES[rule.endpoint].arguments(channel)
    with app.test_request_context():
        for name in rule.arguments:
            mark = 7_000_001 if isinstance(known[name], int) else "MARK"
            pattern = app.url_for(rule.endpoint, **(known | {name: mark}))
            for value in SHORT:
                yield pattern.replace(str(mark), quote_from_bytes(value, safe=""))
