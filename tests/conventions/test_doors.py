"""Every address of the portal says where its code is and who may enter."""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.security.doors import door_of
from portal.security.permissions import PERMISSIONS
from tests.conventions.tree import files, text

pytestmark = pytest.mark.one_database
MOST_LINES_OF_A_VIEW = 40
PERMISSION = re.compile(r"""["']([a-z_]+:[a-z_]+)["']""")


def _views(app: Flask) -> Iterator[tuple[Rule, Callable[..., Any]]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rsplit(".", 1)[-1] != "static":
            yield rule, app.view_functions[rule.endpoint]


def test_an_endpoint_is_the_address_of_its_view(app: Flask) -> None:
    lost = []
    for rule, view in _views(app):
        room, _, name = rule.endpoint.rpartition(".")
        if (view.__module__, view.__name__) != (f"portal.{room}.views", name):
            lost.append(f"{rule.endpoint} is {view.__module__}:{view.__name__}")
    assert lost == []


def test_every_view_says_on_its_door_who_may_enter(app: Flask) -> None:
    assert sorted({rule.endpoint for rule, view in _views(app) if door_of(view) is None}) == []


def test_every_view_says_in_a_sentence_what_it_does(app: Flask) -> None:
    assert sorted({rule.endpoint for rule, view in _views(app) if not inspect.getdoc(view)}) == []


def test_a_view_is_short_enough_to_read_at_once(app: Flask) -> None:
    long = {rule.endpoint: len(inspect.getsource(inspect.unwrap(view)).splitlines()) for rule, view in _views(app)}
    assert {endpoint: lines for endpoint, lines in long.items() if lines > MOST_LINES_OF_A_VIEW} == {}


def test_nothing_changes_by_merely_following_a_link(app: Flask) -> None:
    changing = re.compile(r"/(approve|reject|delete|remove|cancel|submit|withdraw|redeem|post|publish|end)$")
    assert [
        rule.rule
        for rule, _ in _views(app)
        if changing.search(rule.rule) and rule.methods == {"GET", "HEAD", "OPTIONS"}
    ] == []


def test_every_permission_is_asked_for_somewhere(app: Flask) -> None:
    asked = {str(door_of(view)) for _, view in _views(app)}
    for path in files(".py", ".html", under="portal"):
        if path != Path("portal/security/permissions.py"):
            asked.update(PERMISSION.findall(text(path)))
    assert sorted(set(PERMISSIONS) - asked) == []


def test_every_permission_has_a_holder() -> None:
    assert [permission for permission, holders in PERMISSIONS.items() if not holders] == []
