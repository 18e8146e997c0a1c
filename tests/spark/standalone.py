"""A real Spark cluster on this machine: one master and two workers, processes of their own on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pyspark

from tests.journeys.demo_server import free_port

START = 90  # seconds
WORKERS = 2


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where programs connect, and where its master tells about itself."""

    url: str
    page: str

    def workers(self) -> int:
        """How many workers the master counts as alive."""
        workers: int = self._told()["aliveworkers"]
        return workers

    def applications(self) -> int:
        """How many programs the cluster has served to their end."""
        return len(self._told()["completedapps"])

    def _told(self) -> dict[str, Any]:
        with urlopen(f"{self.page}/json/", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[Cluster]:
    """Start the cluster in a folder for its logs and work files; ends every process of it."""
    port, page = free_port(), free_port()
    url = f"spark://127.0.0.1:{port}"
    place = ["--host", "127.0.0.1"]
    started = [_start(folder, "master.Master", *place, "--port", str(port), "--webui-port", str(page))]
    cluster = Cluster(url, f"http://127.0.0.1:{page}")
    try:
        _wait_for(cluster, 0)
        size = ["--cores", "1", "--memory", "1200m"]
        started += [_start(folder, "worker.Worker", *place, "--webui-port", "0", *size, url) for _ in range(WORKERS)]
        _wait_for(cluster, WORKERS)
        yield cluster
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def _start(folder: Path, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
        "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_LOG_DIR": str(folder / "log"),
    }  # fmt: skip
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
    log = (folder / f"{role}-{time.monotonic_ns()}.log").open("wb")
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _wait_for(cluster: Cluster, workers: int) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        try:
            if cluster.workers() >= workers:
                return
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.3)
    raise RuntimeError(f"No Spark cluster of {workers} workers came up within {START} seconds.")
