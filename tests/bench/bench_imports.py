"""How fast a million sale lines come in: the importer against raw writing into the same indexed table.

`python -m tests.bench.bench_imports [--lines 1000000] [--rounds 1] [--database sqlite] [--order till]`

Two files with the same lines: in the order of the tills (by time), and in no order at all. Raw writing takes the rows
in the file's order.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from sqlalchemy import text

from portal import tables
from portal.core import clock, db
from portal.core.db import session, transaction
from portal.sales.imports.jobs import check_import, post_import
from portal.sales.imports.posting import insert_rows
from portal.sales.imports.reading import CsvFile
from portal.sales.imports.sales_columns import OPTIONAL, REQUIRED, read_columns
from portal.sales.imports.sales_lookups import read_lookups
from portal.sales.imports.services import Request, create_import
from portal.sales.journal.frames import read_sales_frame
from portal.sales.journal.models import BatchKind
from portal.sales.journal.services import open_batch
from tests.support import databases, postgres

Row = tuple[str, float, str, str, bool]
PARTNERS, PRODUCTS = 2_000, 500
ORDERS = ("till", "random")


def make_world() -> None:
    """Partners and products, written plainly: only the import itself is measured."""
    with transaction():
        session.execute(text("INSERT INTO ledger_owner (id, kind, code, created_at)"
                 " VALUES (:id, 'partner', :code, :at)"),
                        [{"id": n, "code": f"P{n:05}", "at": clock.now()} for n in range(1, PARTNERS + 1)])  # fmt: skip
        session.execute(
            text("INSERT INTO partner (id, code, name, country, currency, email, state, owner_id, created_at, type,"
                 " tier, segment) VALUES (:id, :code, :code, 'US', 'USD', '', 'active', :id, :at, 'reseller', '', '')"),
            [{"id": n, "code": f"P{n:05}", "at": clock.now()} for n in range(1, PARTNERS + 1)])  # fmt: skip
        session.execute(
            text("INSERT INTO product (id, sku, name, category, state, created_at, seq)"
                 " VALUES (:id, :sku, :sku, 'Parts', 'active', :at, 1)"),
            [{"id": n, "sku": f"SKU-{n:04}", "at": clock.now()} for n in range(1, PRODUCTS + 1)])  # fmt: skip


def make_file(path: Path, lines: int) -> None:
    """Lines as points of sale send them: by day, every shop with numbers of its own."""
    chance = random.Random(7)
    sold = [0] * (PARTNERS + 1)
    with path.open("w", encoding="utf-8") as stream:
        stream.write("external_id,partner,sku,quantity,amount,currency,sold_on,invoice_no\n")
        for number in range(lines):
            day = clock.from_day_number(20_454 + number * 365 // lines)
            partner, sku = chance.randrange(1, PARTNERS + 1), chance.randrange(1, PRODUCTS + 1)
            sold[partner] += 1
            invoice = f"P{partner:05}-{sold[partner] // 3:06}"
            amount = f"{chance.randrange(100, 90_000)}.{chance.randrange(100):02}"
            cells = (
                f"{invoice}-{sold[partner] % 3}",
                f"P{partner:05}",
                f"SKU-{sku:04}",
                chance.randrange(1, 9),
                amount,
            )
            stream.write(",".join(str(cell) for cell in (*cells, "USD", day, invoice)) + "\n")


def shuffle_file(path: Path, shuffled: Path) -> None:
    """The same lines in no order."""
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(5).shuffle(lines)
    with shuffled.open("w", encoding="utf-8") as stream:
        stream.writelines([header, *lines])


def typed_rows(path: Path) -> pl.DataFrame:
    """The file's rows ready to be written, in file order."""
    lookups = read_lookups("raw")
    blocks = CsvFile(path, required=REQUIRED, optional=OPTIONAL).blocks()
    rows = pl.concat([read_columns(block.frame, lookups, "sell_in")[0] for block in blocks])
    return rows.with_columns(pl.col("sold_on").alias("origin_on")).drop("line")


def write_raw(path: Path) -> float:
    """Seconds to write the file's rows unchecked, in file order, into the indexed table; preparing them is free."""
    rows = typed_rows(path)
    if db.is_postgresql():
        begin = time.perf_counter()
        with transaction():
            batch = open_batch("raw", BatchKind.IMPORT)
            insert_rows(session.connection(), rows, batch.id, "raw")
        return time.perf_counter() - begin
    names = rows.columns
    prepared = [("raw", *row) for row in rows.rows()]
    del rows
    marks = ", ".join("?" * (len(names) + 1))
    begin = time.perf_counter()
    with transaction():
        batch = open_batch("raw", BatchKind.IMPORT)
        statement = f"INSERT INTO sale_line (batch_id, source, {', '.join(names)}) VALUES ({batch.id}, {marks})"
        session.connection().exec_driver_sql(statement, prepared)
    return time.perf_counter() - begin


def run_import(path: Path, folder: Path) -> float:
    """Seconds from the file to confirmed lines."""
    begin = time.perf_counter()
    with transaction():
        job = create_import(Request("sales", path, path.name, folder, source="bench"))
    found = check_import(job.id)
    if found.error or found.conflict:
        raise SystemExit(f"{found.error} errors, {found.conflict} conflicts in a clean file")
    post_import(job.id)
    return time.perf_counter() - begin


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """A database with partners and products."""
    with databases.fresh_database(kind, folder) as url:
        db.init_engine(url)
        make_world()
        yield url
        session.remove()
        db.engine().dispose()


def measure(kind: str, order: str, path: Path, folder: Path, rounds: int) -> list[Row]:
    """Both ways, alternating, medians; then the growth of memory of one import in a process of its own."""
    ratios, rates, reads = [], [], []
    lines = sum(1 for _ in path.open(encoding="utf-8")) - 1
    for _ in range(rounds):
        with fresh(kind, folder):
            raw = write_raw(path)
        with fresh(kind, folder):
            ours = run_import(path, folder / "imports")
            reads.append(_seconds(read_sales_frame))
        ratios.append(raw / ours)
        rates.append(lines / ours)
    goal = 0.6 if kind == "sqlite" else 1.2
    raw_way = "raw executemany" if kind == "sqlite" else "unchecked COPY"
    ratio, rate, read = (statistics.median(values) for values in (ratios, rates, reads))
    growth = memory_growth(kind, path, folder)
    return [
        (f"import {kind}, {order} order: rate against {raw_way}", round(ratio, 2), "x", f">= {goal}", ratio >= goal),
        (f"import {kind}, {order} order: lines a second", round(rate), "lines/s", "", True),
        (f"import {kind}, {order} order: memory growth", round(growth), "MiB", "<= 300", growth <= 300),
        (f"journal {kind}, {order} order: {lines} lines as columns", round(read, 2), "s", "< 1", read < 1),
    ]


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def memory_growth(kind: str, path: Path, folder: Path) -> float:
    """MiB by which a process grows at most while it imports the file."""
    with fresh(kind, folder) as url:
        command = [sys.executable, "-m", "tests.bench.bench_imports", "--grow", str(path), "--url", url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def grow(path: Path, url: str) -> None:
    """Import in this process and print how many MiB its peak rose."""
    tables.load()
    db.init_engine(url)
    read_lookups("warm")
    before = _peak()
    run_import(path, Path(tempfile.mkdtemp(dir=path.parent)))
    sys.stdout.write(f"{(_peak() - before) / 1024}\n")


def _peak() -> int:
    """KiB this process held at most; unlike `ru_maxrss` it is not inherited from the parent."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def run(lines: int, rounds: int, kinds: list[str], orders: tuple[str, ...] = ORDERS) -> list[Row]:
    """All rows of this benchmark."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    os.environ.setdefault("PORTAL_TEST_RUN_PID", str(os.getpid()))
    try:
        files = {order: folder / f"{order}.csv" for order in ORDERS}
        make_file(files["till"], lines)
        shuffle_file(files["till"], files["random"])
        pairs = [(kind, order) for kind in kinds for order in orders]
        return [row for kind, order in pairs for row in measure(kind, order, files[order], folder, rounds)]
    finally:
        postgres.stop_server(folder)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--database", choices=databases.KINDS)
    parser.add_argument("--order", choices=ORDERS)
    parser.add_argument("--grow", type=Path)
    parser.add_argument("--url")
    given = parser.parse_args()
    if given.grow:
        return grow(given.grow, given.url)
    kinds = [given.database] if given.database else list(databases.KINDS)
    for row in run(given.lines, given.rounds, kinds, (given.order,) if given.order else ORDERS):
        sys.stdout.write("\t".join(str(cell) for cell in row) + "\n")
    return None


if __name__ == "__main__":
    main()
