"""The process that reads a large SQLite table over ADBC: query on standard input, Arrow stream on standard output."""

from __future__ import annotations

import sys

from adbc_driver_sqlite import dbapi
from pyarrow import ipc

BUSY_MILLISECONDS = 30_000
BATCH_ROWS = 65_536


def main(file: str) -> None:
    """Run the query against the file, opened for reading only."""
    query = sys.stdin.read()
    with dbapi.connect(f"file:{file}?mode=ro") as connection, connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        with ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


if __name__ == "__main__":
    main(sys.argv[1])
