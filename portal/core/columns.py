"""Rows of a query as typed columns, for reads that no object per row could bear.

SQLite must not be opened twice in one process by two copies of its library: closing one drops the file locks of the
other. Small reads therefore use the portal's own connection; large ones run in a process of their own, which reads
over ADBC and hands the columns back. PostgreSQL has no such trap and is read over ADBC here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import URL, Connection, CursorResult

from portal.core import db
from portal.core.db import session
from portal.core.splitting import write_split

ROWS_AT_ONCE = 500
Kinds = Mapping[str, pl.DataType | type[pl.DataType]]


def read_frame(query: str, kinds: Kinds, *, large: bool = False, few: bool = False) -> pl.DataFrame:
    """The rows of a query (no text of a user in it) in the columns of `kinds`, in their order.

    Inside a transaction it reads what that transaction sees, its own work included; else what is committed. `large`
    says that hundreds of thousands of rows are expected, `few` that opening a connection would take longer than they.
    """
    url = db.engine().url
    if db.in_transaction() or url.database in (None, "", ":memory:"):
        return _own(session.connection(), query, kinds)
    if large or (url.get_backend_name() == "postgresql" and not few):
        return _typed(_large(query, url=url), kinds)
    with db.engine().connect() as connection:
        return _own(connection, query, kinds)


def read_parts(queries: Sequence[str], kinds: Kinds) -> pl.DataFrame:
    """Several large reads under each other, at the same time; rows keep the queries' order."""
    return begin_parts(queries, kinds)()


def begin_parts(queries: Sequence[str], kinds: Kinds) -> Callable[[], pl.DataFrame]:
    """The same, begun now and waited for when the answer is called, so that other things can be read meanwhile."""
    pool = ThreadPoolExecutor(len(queries))
    tasks = [pool.submit(_large, query, url=db.engine().url) for query in queries]
    pool.shutdown(wait=False)
    return lambda: pl.concat([_typed(task.result(), kinds) for task in tasks])


def split_parts(queries: Sequence[str], key: str, places: pl.DataFrame, folder: Path) -> None:
    """Several large reads at the same time, their rows written to files by the place of their key (splitting.py).

    `places` has the columns `key` and `place`. What is committed is read.
    """
    url = db.engine().url
    places.write_ipc(folder / "places.arrow")
    split = _split_postgresql if url.get_backend_name() == "postgresql" else _split_apart
    with ThreadPoolExecutor(len(queries)) as pool:
        tasks = [pool.submit(split, url, query, key, folder, number) for number, query in enumerate(queries)]
    for task in tasks:
        task.result()


def _split_postgresql(url: URL, query: str, key: str, folder: Path, number: int) -> None:
    from adbc_driver_postgresql import dbapi

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    places = pl.read_ipc(folder / "places.arrow")
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        write_split(cursor.fetch_record_batch(), key, places, folder, number)


def _split_apart(url: URL, query: str, key: str, folder: Path, number: int) -> None:
    _run_apart([str(url.database), str(folder), key, str(number)], query, subprocess.DEVNULL)


def _large(query: str, *, url: URL) -> pl.DataFrame:
    return _postgresql(url, query) if url.get_backend_name() == "postgresql" else _apart(str(url.database), query)


def _own(connection: Connection, query: str, kinds: Kinds) -> pl.DataFrame:
    return framed(connection.exec_driver_sql(query), kinds)


def framed(rows: CursorResult[*tuple[Any, ...]], kinds: Kinds) -> pl.DataFrame:
    """The rows of a result as the driver gives them, in the columns of `kinds`; a few hundred are held at a time.

    An object of the library for each would double the time, and tens of thousands held at once would make Python look
    through all of its memory for garbage.
    """
    columns: list[list[Any]] = [[] for _ in kinds]
    with closing(rows):
        while some := rows.cursor.fetchmany(ROWS_AT_ONCE):
            for column, values in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(values)
    return pl.DataFrame([pl.Series(n, c, dtype=k) for (n, k), c in zip(kinds.items(), columns, strict=True)])


def _typed(frame: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    if frame.is_empty():
        return pl.DataFrame(schema=dict(kinds))
    return frame.rename(dict(zip(frame.columns, kinds, strict=True))).cast(dict(kinds))  # type: ignore[arg-type]


def _postgresql(url: URL, query: str) -> pl.DataFrame:
    from adbc_driver_postgresql import dbapi

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found: Any = pl.DataFrame(cursor.fetch_arrow_table())
    frame: pl.DataFrame = found
    return frame


def _apart(file: str, query: str) -> pl.DataFrame:
    """Read in a child process."""
    with tempfile.TemporaryFile() as answer:  # a pipe would cost as much as the reading
        _run_apart([file], query, answer)
        answer.seek(0)
        return pl.read_ipc_stream(answer)


def _run_apart(arguments: Sequence[str], query: str, answer: Any) -> None:
    """Run the child to its end; raises RuntimeError with what it complained about."""
    command = [sys.executable, "-m", "portal.core.columns_child", *arguments]
    child = subprocess.run(command, input=query.encode(), stdout=answer, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own module
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace"))
