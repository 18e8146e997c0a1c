"""`python -m tests.bench [ROOM]`: measure, print the table, write the same rows to build/bench.json.

It tells and never judges: the exit status is 0 unless a measurement itself breaks. Smaller runs by environment:
`BENCH_LINES` (a million), `BENCH_ROUNDS` (5), `BENCH_SECONDS` (5, of wrk), `BENCH_DATA` (a built demo's data folder),
`BENCH_BASES` and `BENCH_SIZES` (sizes of the journal for incremental and engine),
`PORTAL_TEST_DATABASES` (sqlite,postgresql).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from portal import tables
from tests.bench import (
    bench_calculation,
    bench_claims,
    bench_demo,
    bench_engine,
    bench_imports,
    bench_incremental,
    bench_pages,
    bench_peers,
    bench_simulation,
)
from tests.bench.rows import Row
from tests.support import databases

RESULT = Path("build") / "bench.json"
NAMES = ("name", "figure", "unit", "goal", "met")


def _imports() -> list[Row]:
    lines, rounds = int(os.environ.get("BENCH_LINES", "1000000")), int(os.environ.get("BENCH_ROUNDS", "1"))
    tables.load()
    return bench_imports.run(lines, rounds, databases.chosen_kinds())


ROOMS: dict[str, Callable[[], list[Row]]] = {
    "imports": _imports,
    "calculation": bench_calculation.run,
    "pages": bench_pages.run,
    "simulation": bench_simulation.run,
    "demo": bench_demo.run,
    "claims": bench_claims.run,
    "engine": bench_engine.run,
    "incremental": bench_incremental.run,
    "peers": bench_peers.run,
}


def table_of(rows: list[Row]) -> str:
    """The rows with aligned columns."""
    cells = [NAMES, *((*map(str, row[:4]), "yes" if row[4] else "NO") for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(NAMES))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def main(arguments: list[str]) -> int:
    """Measure one room or all."""
    unknown = [name for name in arguments if name not in ROOMS]
    if unknown:
        sys.stderr.write(f"There is no room {unknown[0]} to measure; there are {', '.join(ROOMS)}.\n")
        return 2
    rows: list[Row] = []
    for room in arguments or list(ROOMS):
        sys.stderr.write(f"measuring {room} ...\n")
        rows += ROOMS[room]()
    sys.stdout.write(table_of(rows) + "\n")
    RESULT.parent.mkdir(exist_ok=True)
    told = [dict(zip(NAMES, row, strict=True)) for row in rows]
    RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
