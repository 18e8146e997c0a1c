"""P-16: the headers stand on every answer: pages, refusals, redirects, downloads, static files, errors."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings
from tests.security_matrix.answers import missing_headers
from tests.security_matrix.world import Channel

pytestmark = pytest.mark.one_database
Be = Callable[[str], FlaskClient]
HSTS = "max-age=31536000; includeSubDomains"


@pytest.fixture
def served_over_tls(database_url: str, tmp_path: Path) -> Flask:
    """The portal as it stands behind a proxy with TLS."""
    return create_app(
        Settings(
            data_dir=tmp_path,
            database_url=database_url,
            secret_key=secrets.token_urlsafe(48),
            portal_url="https://portal.example",
        )
    )


@pytest.mark.parametrize("address", ["/login", "/nothing-here", "/claims/1", "/forgot-password", "/apply", "/healthz"])
def test_answers_to_nobody_carry_them(be: Be, address: str) -> None:
    assert missing_headers(be("").get(address)) == []


def test_a_failure_of_our_own_carries_them_and_tells_nothing(
    app: Flask, be: Be, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setitem(app.view_functions, "home.health.show_health", fail)
    answer = be("").get("/healthz")
    assert answer.status_code == 500
    assert missing_headers(answer) == []
    assert "secret of the house" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("DELETE", 405), ("PATCH", 405), ("OPTIONS", 200)])
def test_other_methods_are_refused_with_them(be: Be, method: str, status: int) -> None:
    answer = be("seller").open("/claims", method=method)
    assert answer.status_code == status
    assert missing_headers(answer) == []


def test_a_body_that_is_too_large_is_refused_with_them(be: Be) -> None:
    answer = be("seller").post("/account/profile", data={"name": "x" * (12 * 1024 * 1024)})
    assert answer.status_code == 413
    assert missing_headers(answer) == []


@pytest.mark.parametrize("name", ["nothing-here.css", "../config.py", "%2e%2e/config.py", "css", "css/", ""])
def test_what_is_no_static_file_lists_nothing_and_carries_them(be: Be, name: str) -> None:
    answer = be("").get(f"/static/{name}")
    assert answer.status_code == 404
    assert missing_headers(answer, static=True) == []


def test_over_tls_every_answer_asks_for_tls(served_over_tls: Flask, channel: Channel) -> None:
    client = served_over_tls.test_client()
    for address in ("/login", "/", "/nothing", _some_style(served_over_tls)):
        assert client.get(address, base_url="https://portal.example").headers["Strict-Transport-Security"] == HSTS


def test_without_tls_nobody_is_locked_out_of_plain_http(be: Be) -> None:
    assert "Strict-Transport-Security" not in be("").get("/login").headers


def test_a_style_sheet_is_really_served(app: Flask, be: Be) -> None:
    answer = be("").get(_some_style(app))
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert missing_headers(answer, static=True) == []
    assert "Access-Control-Allow-Origin" not in answer.headers


def _some_style(app: Flask) -> str:
    folder = Path(app.static_folder or "")
    return f"/static/{next(folder.rglob('*.css')).relative_to(folder)}"
