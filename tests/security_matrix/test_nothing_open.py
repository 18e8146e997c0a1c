"""P-19: nothing stands open that nobody meant to open."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings, SettingsError
from portal.security.doors import PUBLIC, door_of
from tests.security_matrix.places import rules

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
OPEN = {
    "/login", "/login/link", "/login/links/<token>", "/join", "/join/<token>", "/forgot-password",
    "/password-resets/<token>", "/invitations/<token>", "/apply", "/healthz", "/readyz",
}  # fmt: skip
CURIOUS = [
    "/.git/config", "/.git/HEAD", "/.env", "/console", "/?__debugger__=yes", "/metrics",
    "/admin", "/api", "/api/docs", "/api/openapi.json", "/server-status", "/phpinfo.php", "/static/../config.py",
    "/static/%2e%2e/%2e%2e/pyproject.toml", "/data/secret_key", "/portal.sqlite3",
]  # fmt: skip


def test_what_is_open_to_everybody_is_listed_here(app: Flask) -> None:
    assert {rule.rule for rule in rules(app) if door_of(app.view_functions[rule.endpoint]) == PUBLIC} == OPEN


@pytest.mark.parametrize("address", CURIOUS)
def test_the_curious_find_nothing(be: Be, address: str) -> None:
    answer = be("").get(address)
    assert answer.status_code == (303 if address.startswith("/?") else 404)
    for word in ("[core]", "SECRET_KEY", "debugger.js", "root:x", "Werkzeug"):
        assert word not in answer.text.replace(address, "")


def test_debugging_is_off_even_when_the_environment_asks_for_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = create_app(Settings(data_dir=tmp_path, database_url=database_url, secret_key=secrets.token_urlsafe(48)))
    assert app.debug is False


@pytest.mark.parametrize("secret", [None, "", "secret", "x" * 31, "change-me", "a" * 40, "0123456789" * 4])
def test_a_weak_secret_refuses_to_start(database_url: str, tmp_path: Path, secret: str | None) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app(Settings(data_dir=tmp_path, database_url=database_url, secret_key=secret))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "FOO"])
def test_odd_methods_are_refused(be: Be, method: str) -> None:
    for address in ("/", "/login", "/claims/1", "/static/"):
        answer = be("seller").open(address, method=method, headers={"Cookie": "a=secret"})
        assert answer.status_code in (404, 405)
        assert "a=secret" not in answer.text


def test_the_walk_of_the_demo_is_nowhere_else(app: Flask, be: Be) -> None:
    assert be("").get("/tour").status_code == 404
    assert be("").post("/tour/person", data={"email": "admin@demo.example"}).status_code == 404
