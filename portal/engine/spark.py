"""Measuring on a Spark cluster: the lines go there as Parquet by month, and the same expressions run on them.

The sums come back and are rated here: no division of any kind happens on the cluster, so its cents are the same.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from portal.engine.errors import CalculationError
from portal.engine.months import write_months
from portal.engine.place import Lines

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never another number
}
_MASTER = re.compile(r"spark://(?P<host>[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


class OnSpark:
    """A cluster, and the folder in which it finds the lines; every worker must see that folder under the same path."""

    def __init__(self, session: Any, folder: Path) -> None:
        self._session, self._folder, self._numbers = session, folder, count()
        self._written: deque[tuple[pl.DataFrame, Any]] = deque(maxlen=2)

    def lines(self, sales: pl.DataFrame) -> Lines:
        """The lines of a calculation as Parquet by month; the same lines are written once."""
        known = next((there for here, there in self._written if here is sales), None)
        if known is None:
            place = self._folder / f"lines-{next(self._numbers)}"
            write_months(sales, place)
            known = self._session.read.parquet(str(place)).drop("month")
            self._written.append((sales, known))
        lines: Lines = nw.from_native(known)
        return lines

    def lift(self, frame: pl.DataFrame) -> Lines:
        """A small frame sent whole to every worker, so that joining it moves no line."""
        sent: Lines = nw.from_native(self._session.createDataFrame(frame.to_arrow()).hint("broadcast"))
        return sent


@contextmanager
def on_spark(master: str, folder: Path) -> Iterator[OnSpark]:
    """A session on the cluster at `master` (spark://host:port); the lines in `folder` are removed at its end."""
    session = _session(master)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield OnSpark(session, folder)
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _session(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise CalculationError("Spark is not installed here. Run `pip install '.[spark]'` and try again.") from error
    _refuse_silence(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("portal")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _refuse_silence(master: str) -> None:
    """Say at once that nobody answers; Spark itself would try for minutes."""
    found = _MASTER.fullmatch(master)
    if found is None:
        raise CalculationError(f"“{master}” is no address of a Spark cluster. Write it like spark://host:7077.")
    try:
        socket.create_connection((found["host"], int(found["port"])), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise CalculationError(f"No Spark cluster answers at {master}. Check the address and that it runs.") from error
