"""The whole demo as processes of its own, for journeys and screenshots: built once, copied for each user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

START = 120


@dataclass(frozen=True)
class DemoServer:
    """A running demo: its address, data folder and the password of all accounts."""

    address: str
    data: Path
    password: str
    environment: dict[str, str]

    def portal(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the console script on this demo's data."""
        command = [sys.executable, "-m", "portal.cli", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=300)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def build_demo(data: Path, moment: str | None = None, zone: str = "UTC") -> None:
    """Build the demo's data, as of a moment when given; the moment is told in the zone."""
    run = subprocess.run(
        [sys.executable, "-m", "portal.cli", "demo", "--build-only"],
        env=environment_of(data, moment, zone),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if run.returncode:
        raise RuntimeError(run.stdout + run.stderr)


def environment_of(data: Path, moment: str | None = None, zone: str = "UTC") -> dict[str, str]:
    """What a command needs around it to work on this data, and nothing of who runs the tests."""
    own = ("DATABASE_URL", "POLARS_MAX_THREADS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_") and key not in own}
    return {**kept, "PORTAL_DATA": str(data), "PORTAL_TZ": zone} | ({"PORTAL_CLOCK": moment} if moment else {})


@contextmanager
def running_demo(data: Path, moment: str | None = None, zone: str = "UTC") -> Iterator[DemoServer]:
    """Serve a built demo until the block ends."""
    port = free_port()
    # every process of this demo shows the same time: what the moment was when the demo began to run
    environment = environment_of(data, f"{moment}@{int(time.time())}" if moment else None, zone)
    log = (data / "server.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "demo", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        address = f"http://localhost:{port}"
        _wait(address, process, data)
        password = json.loads((data / "demo.json").read_text())["password"]
        database = {"DATABASE_URL": f"sqlite:///{data / 'portal.sqlite3'}"}
        yield DemoServer(address, data, password, environment | database)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def _wait(address: str, process: subprocess.Popen[bytes], data: Path) -> None:
    for _ in range(START * 5):
        if process.poll() is not None:
            raise RuntimeError((data / "server.log").read_text())
        try:
            with urlopen(f"{address}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.2)
    raise RuntimeError((data / "server.log").read_text())


@contextmanager
def copied_demo(built: Path, folder: Path, moment: str | None = None) -> Iterator[DemoServer]:
    """A demo on a copy of built data, so that what one journey does no other sees."""
    data = folder / "demo"
    shutil.copytree(built, data)
    with running_demo(data, moment) as server:
        yield server
