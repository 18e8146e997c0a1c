"""How fast pages of the demo channel are: lists against their empty selves, the signed-in home against hello-world."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from flask import Flask
from flask.testing import FlaskClient

from portal.config import Settings
from tests.bench.demo_channel import bench_folder, cookie_of, demo_app, demo_channel, email_of
from tests.bench.rows import Row, at_least, at_most, in_turns, told
from tests.support import databases
from tests.support.list_pages import LIST_PAGES, ListPage
from tests.support.statements import statements

LIST_GOAL, STATEMENTS_GOAL = 3.0, 12
HOME_GOALS = {"sqlite": 12.0, "postgresql": 6.0}
HOME_ROLES = ("seller", "channel_manager")
ROOT = Path(__file__).resolve().parents[2]


def measure_lists(kind: str, app: Flask, settings: Settings, rounds: int) -> list[Row]:
    """Each list page in turns with the same page finding nothing, as the same signed-in person."""
    rows: list[Row] = []
    for listed in LIST_PAGES:
        client = app.test_client()
        cookie = cookie_of(app, settings, email_of(listed.role))
        client.set_cookie(*cookie.split("=", 1))
        rows += _measure_list(kind, app, client, listed, rounds)
    return rows


def _measure_list(kind: str, app: Flask, client: FlaskClient, listed: ListPage, rounds: int) -> list[Row]:
    with app.test_request_context():
        address = app.url_for(listed.endpoint)
    _open(client, address)()
    with statements() as sent:
        _open(client, address)()
    name = f"pages {kind}: {listed.endpoint}"
    rows = [at_most(f"{name} statements", len(sent), "", STATEMENTS_GOAL)]
    if not listed.empty:
        return [*rows, told(f"{name} time", in_turns(rounds, _open(client, address))[0] * 1000, "ms")]
    empty = f"{address}?{listed.empty}"
    _open(client, empty)()
    full, bare = in_turns(rounds, _open(client, address), _open(client, empty))
    rows.append(told(f"{name} time", full * 1000, "ms"))
    return [*rows, at_most(f"{name} against its empty self", full / bare, "x", LIST_GOAL)]


def _open(client: FlaskClient, address: str) -> Callable[[], object]:
    def get() -> None:
        answer = client.get(address)
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{address} answers {answer.status_code}")

    return get


def measure_home(kind: str, app: Flask, settings: Settings, rounds: int) -> list[Row]:
    """Requests a second of signed-in homes over HTTP, in turns with a hello-world under the same server."""
    if shutil.which("wrk") is None:
        sys.stderr.write("wrk is not installed: the rows of the signed-in home are left out.\n")
        return []
    cookies = {role: cookie_of(app, settings, email_of(role)) for role in HOME_ROLES}
    place = {"PORTAL_DATA": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    found: dict[str, list[float]] = {name: [] for name in ("hello", *HOME_ROLES)}
    with _served("tests.bench.hello:app", {}) as hello, _served("wsgi:app", place) as portal:
        for cookie in cookies.values():
            requests_a_second(portal, cookie)  # templates and statements are compiled once a worker
        for _ in range(rounds):
            found["hello"].append(requests_a_second(hello, ""))
            for role, cookie in cookies.items():
                found[role].append(requests_a_second(portal, cookie))
    rates = {name: statistics.median(values) for name, values in found.items()}
    rows = [told(f"pages {kind}: hello-world requests", rates["hello"], "/s")]
    for role in HOME_ROLES:
        rows.append(told(f"pages {kind}: home of {role} requests", rates[role], "/s"))
        share = 100 * rates[role] / rates["hello"]
        rows.append(at_least(f"pages {kind}: home of {role} of hello-world", share, "%", HOME_GOALS[kind]))
    return rows


@contextmanager
def _served(module: str, environment: dict[str, str]) -> Iterator[str]:
    """Two synchronous gunicorn workers, as `portal serve` starts them; the address while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--preload"]
    command += ["--timeout", "60", "--log-level", "warning", module]
    environment = {**os.environ, **environment, "PORTAL_URL": address.rstrip("/")}
    server = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"Nothing answers at {address}")


def requests_a_second(address: str, cookie: str) -> float:
    """What wrk counts over eight connections; refuses to count answers that are not the page."""
    headers = {"Cookie": cookie} if cookie else {}
    with urlopen(Request(address, headers=headers), timeout=30) as answer:
        if answer.url != address:
            raise RuntimeError(f"{address} leads to {answer.url}")
    options = [option for key, value in headers.items() for option in ("-H", f"{key}: {value}")]
    seconds = os.environ.get("BENCH_SECONDS", "5")
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", *options, address]
    told_by = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told_by:
        raise RuntimeError(told_by)
    found = re.search(r"Requests/sec:\s*([\d.]+)", told_by)
    if found is None:
        raise RuntimeError(told_by)
    return float(found[1])


def run() -> list[Row]:
    """All rows of this benchmark."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    rows: list[Row] = []
    with bench_folder() as folder:
        for kind in databases.chosen_kinds():
            with demo_channel(kind, folder) as settings:
                app = demo_app(settings)
                rows += measure_lists(kind, app, settings, rounds * 3)
                rows += measure_home(kind, app, settings, rounds)
    return rows
