"""`portal demo`: the whole product on one machine, with a real channel in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from portal import tables
from portal.config import DEMO_BRAND, Settings, load_settings
from portal.core import clock, db
from portal.core.errors import InvalidInput
from portal.core.migrate import upgrade
from portal.demo.build import build, facts_of, is_built
from portal.demo.generate_people import SHOP_CAST, VENDOR_CAST

OWN = (
    "portal.sqlite3",
    "portal.sqlite3-wal",
    "portal.sqlite3-shm",
    "demo.json",
    "examples",
    "files",
    "imports",
    "mail",
)
PATIENCE = 10.0


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reset", is_flag=True, help="Throw the demo's data away and build it anew.")
@click.option("--build-only", is_flag=True, help="Build the data, then end.")
def demo(port: int, reset: bool, build_only: bool) -> None:
    """Build the demo channel if it is absent, then run the server and the worker until interrupted."""
    settings = demo_settings(load_settings(), port)
    if not build_only:
        check_port(port)
    if reset:
        remove_demo(settings.data_dir)
    built = is_built(settings)
    if not built:
        remove_demo(settings.data_dir)
        click.echo("Building the demo channel: 711 partners, three years of sales. This happens once.")
    bind(settings)
    if built:
        upgrade(db.engine())
    else:
        build(settings, click.echo)
    db.session.remove()
    db.engine().dispose()
    if not build_only:
        run(settings, port)


def check_port(port: int) -> None:
    """Say at once that nothing can be served here, instead of sending people to whoever holds the port."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind(("127.0.0.1", port))
        except OSError as error:
            why = "needs an administrator's rights" if isinstance(error, PermissionError) else "is taken"
            raise InvalidInput(
                f"Port {port} {why}. Choose another one: make demo PORT=8080, or portal demo --port 8080."
            ) from error


def demo_settings(settings: Settings, port: int) -> Settings:
    """The demo lives in SQLite in its data folder, whatever DATABASE_URL says, and is served without TLS."""
    return replace(
        settings,
        database_url=f"sqlite:///{settings.data_dir / 'portal.sqlite3'}",
        portal_url=f"http://localhost:{port}",
        brand=DEMO_BRAND if settings.brand == Settings.brand else settings.brand,
    )


def remove_demo(data_dir: Path) -> None:
    """Remove what a demo made, and nothing else that lies in the folder."""
    for name in OWN:
        path = data_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def bind(settings: Settings) -> None:
    """Bind this process to the demo's database."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock.configure(settings.zone, settings.clock_start)
    tables.load()
    db.init_engine(settings.database_url)


def run(settings: Settings, port: int) -> None:
    """Run server and worker as children; when one ends or we are asked to, end both."""
    environment = {
        **os.environ,
        "PORTAL_DATA": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "PORTAL_URL": settings.portal_url,
    }
    if settings.clock_start and "@" not in settings.clock_start:
        environment["PORTAL_CLOCK"] = f"{settings.clock_start}@{int(time.time())}"
    portal = [sys.executable, "-m", "portal.cli"]
    children = [
        subprocess.Popen([*portal, "serve", "--port", str(port)], env=environment),  # noqa: S603  our own command
        subprocess.Popen([*portal, "worker"], env=environment),  # noqa: S603  our own command
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        announce(settings, port)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        codes = [child.poll() for child in children]
        raise click.ClickException(f"The portal ended by itself: server {codes[0]}, worker {codes[1]}.")
    except KeyboardInterrupt:
        click.echo("Stopping.")
    finally:
        stop(children)


def stop(children: Sequence[subprocess.Popen[bytes]], patience: float = PATIENCE) -> None:
    """Ask the children to end, and end those still at work after `patience` seconds: every job is safe to run again."""
    for child in children:
        child.terminate()
    until = time.monotonic() + patience
    for child in children:
        try:
            child.wait(timeout=max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def announce(settings: Settings, port: int) -> None:
    """Wait until the server answers, then say where it is and who can log in."""
    address = f"http://localhost:{port}"
    for _ in range(300):
        try:
            with urlopen(f"{address}/healthz", timeout=1):  # noqa: S310  our own server
                break
        except (URLError, OSError):
            time.sleep(0.1)
    accounts = "\n".join(f"  {person.email:24} {person.role}" for person in (*VENDOR_CAST, *SHOP_CAST))
    click.echo(
        f"\nThe portal is at {address}\nTwelve steps through it: {address}/tour\n\n"
        f"Accounts (password for all: {facts_of(settings.data_dir)['password']})\n{accounts}\n\n"
        f"Mail lands in {settings.data_dir / 'mail'}, files for the walk in {settings.data_dir / 'examples'}.\n"
        "Stop with Ctrl-C; start over with: portal demo --reset"
    )
