"""The process that reads a large SQLite table over ADBC.

Query on standard input; the rows go as an Arrow stream to standard output, or, with a folder, a key and a number, to
files of that folder by the places that its places.arrow gives each key (see splitting.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from adbc_driver_sqlite import dbapi
from pyarrow import ipc

BUSY_MILLISECONDS = 30_000
BATCH_ROWS = 65_536


def main(file: str, *split: str) -> None:
    """Run the query against the file, opened for reading only."""
    query = sys.stdin.read()
    with dbapi.connect(f"file:{file}?mode=ro") as connection, connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        if split:
            _write_split(reader, *split)
            return
        with ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


def _write_split(reader: Any, folder: str, key: str, number: str) -> None:
    import polars as pl

    from portal.core.splitting import write_split

    places = pl.read_ipc(Path(folder) / "places.arrow")
    write_split(reader, key, places, Path(folder), int(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
