"""The process that reads a large SQLite table over ADBC, without the parts of it that take long to load.

Query on standard input; the rows go as an Arrow stream to standard output, or, with a folder, a key and a number, to
files of that folder by the places that its places.arrow gives each key (see splitting.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import adbc_driver_sqlite
from adbc_driver_manager import AdbcConnection, AdbcStatement
from pyarrow import RecordBatchReader, ipc

BUSY_MILLISECONDS = 30_000
BATCH_ROWS = 65_536


def main(file: str, *split: str) -> None:
    """Run the query against the file, opened for reading only."""
    query = sys.stdin.read()
    with (
        adbc_driver_sqlite.connect(f"file:{file}?mode=ro") as database,
        AdbcConnection(database) as connection,
        AdbcStatement(connection) as statement,
    ):
        _rows_of(statement, f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}").read_all()
        statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
        reader = _rows_of(statement, query)
        if split:
            _write_split(reader, *split)
            return
        with ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


def _rows_of(statement: Any, query: str) -> Any:
    statement.set_sql_query(query)
    return RecordBatchReader.from_stream(statement.execute_query()[0])


def _write_split(reader: Any, folder: str, key: str, number: str) -> None:
    import polars as pl

    from portal.core.splitting import write_split

    places = pl.read_ipc(Path(folder) / "places.arrow")
    write_split(reader, key, places, Path(folder), int(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
