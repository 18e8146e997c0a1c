"""How long a newcomer waits for the demo: from the command to the first answer, step by step."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.bench.demo_channel import bench_folder
from tests.bench.rows import Row, at_most, told

GOAL = 60.0
PATIENCE = 600


def run() -> list[Row]:
    """All rows of this benchmark; the packages are installed already, as after `make setup`."""
    with bench_folder() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = folder / "words.txt"
        seconds = _start_demo(folder / "data", port, words)
        steps = re.findall(r"^ *([\d.]+) s  (.+)$", words.read_text(encoding="utf-8"), re.MULTILINE)
    rows, before = [at_most("demo: serving after", seconds, "s", GOAL)], 0.0
    for until, sentence in steps:
        rows.append(told(f"demo: until {sentence}", float(until) - before, "s"))
        before = float(until)
    return rows


def _start_demo(data: Path, port: int, words: Path) -> float:
    """Seconds from the command until the server answers; the demo is ended again."""
    environment = {**os.environ, "PORTAL_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "portal.cli", "demo", "--port", str(port)]
    begin = time.perf_counter()
    with words.open("w", encoding="utf-8") as stream:
        demo = subprocess.Popen(command, env=environment, stdout=stream, stderr=subprocess.STDOUT)
        try:
            _wait(demo, f"http://127.0.0.1:{port}/healthz")
            return time.perf_counter() - begin
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(timeout=60)


def _wait(demo: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(PATIENCE * 20):
        if demo.poll() is not None:
            raise RuntimeError("The demo ended before it served.")
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"Nothing answers at {address}")
