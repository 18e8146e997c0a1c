"""What leaves the portal as files and on the command line says the same as the pages."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from click import Command
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, scoped_session

from portal.cli.export import export
from portal.core import clock
from portal.core.errors import PortalError
from portal.programs.statements.commands import explain_command
from portal.sales.journal.frames import read_sales_frame
from tests.programs.shop_year import GROWTH, TODAY, VOLUME, closed_quarter, racks_come_back

Db = scoped_session[Session]
SHOP = "AW00000290"


def _run(command: Command, *words: str) -> Result:
    with clock.frozen(TODAY):
        return CliRunner().invoke(command, list(words), catch_exceptions=False)


def _rows(*words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_run(export, *words).stdout)))


def test_explain_walks_on_the_command_line_as_on_the_page(db: Db) -> None:
    racks_come_back(closed_quarter())
    told = _run(explain_command, VOLUME, SHOP, "2026-07-01").stdout
    assert "Earned: 37.73 USD" in told
    assert "version 1, written by Tess Moran, approved by Sam Idris" in told
    assert "from 1800: 5.77 at 4 % = 0.23" in told
    assert "not counted SO61195-1 2026-08-14 1 x Road-750 Black (BK-R19B): not in this program" in told
    rows = json.loads(_run(explain_command, VOLUME, SHOP, "2026-07-01", "--as-of", "2026-11-05", "--json").stdout)
    assert rows[0]["earned"] == "46.37"
    assert set(rows[0]) == {
        "program", "version", "component", "participant", "period_start", "period_end", "as_of", "engine_version",
        "measure", "baseline", "earned", "unit", "lines", "why", "derivation", "eligibility",
    }  # fmt: skip
    assert rows[0]["period_start"] == "2026-07-01"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "words", [("nobody", "2026-07-01"), (SHOP, "summer"), (SHOP, "2026-08-01"), (SHOP, "2026-07-01", "--as-of", "x")]
)
def test_explain_refuses_in_words(db: Db, words: tuple[str, ...]) -> None:
    closed_quarter()
    with pytest.raises(PortalError):
        _run(explain_command, VOLUME, *words)


def test_exports_agree_with_the_statement(db: Db) -> None:
    racks_come_back(closed_quarter())
    earned = {(row["program"], row["period_start"]): row for row in _rows("earnings")}
    assert list(earned[GROWTH, "2026-07-01"].values()) == [
        GROWTH, "growth", SHOP, "2026-07-01", "2026-10-01", "4780.78", "3318.90", "120", "58.48", "USD",
    ]  # fmt: skip
    assert {row["program"] for row in _rows("earnings", "--program", VOLUME)} == {VOLUME}
    statement = _rows("statements")
    assert [row["closing"] for row in statement] == ["113.49", "223.51"]
    assert [row["adjusted"] for row in statement] == ["0.00", "-17.28"]
    back = next(row for row in _rows("sales") if row["external_id"] == "SO61195-19-R1")
    assert (back["amount"], back["returns"], back["sold_on"]) == ("-216.00", "SO61195-19", "2026-11-06")
    for table in ("sales", "ledger"):
        assert {row["recorded_at"][10:11] + row["recorded_at"][-6:] for row in _rows(table)} == {"T+00:00"}
    assert sum(round(float(row["amount"]) * 100) for row in _rows("ledger")) == 0


@pytest.mark.one_database
def test_parquet_holds_the_same_rows(db: Db) -> None:
    closed_quarter()
    frame = pl.read_parquet(io.BytesIO(_run(export, "earnings", "--format", "parquet").stdout_bytes))
    assert frame.filter(pl.col("earned") == "46.37")["program"].to_list() == [VOLUME]
    with pytest.raises(PortalError):
        _run(export, "earnings", "--program", "nothing-of-that-name")
    with pytest.raises(PortalError):
        _run(export, "sales", "--program", VOLUME)


def test_the_journal_goes_into_a_folder_by_month(db: Db, tmp_path: Path) -> None:
    racks_come_back(closed_quarter())
    folder = tmp_path / "journal"
    told = _run(export, "sales", "--format", "parquet", "--to", str(folder)).stdout
    months = sorted(path.name for path in folder.iterdir())
    assert months == ["month=2025-08", "month=2026-08", "month=2026-10", "month=2026-11"]
    lines = pl.read_parquet(folder / "month=2026-11" / "lines.parquet")
    assert lines.select("external_id", "quantity", "amount", "sku").rows() == [
        ("SO61195-19-R1", -3, -21_600, "RA-H123")
    ]
    everything = pl.concat([pl.read_parquet(folder / month / "lines.parquet") for month in months])
    assert told == f"{everything.height} lines in 4 months written to {folder}.\n"
    assert everything["amount"].sum() == read_sales_frame()["amount"].sum()


@pytest.mark.one_database
@pytest.mark.parametrize("words", [("ledger", "--format", "parquet"), ("sales",), ("earnings", "--format", "csv")])
def test_only_sales_in_parquet_go_into_a_folder(db: Db, tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(PortalError, match="Only sales go into a folder by month"):
        _run(export, *words, "--to", str(tmp_path / "journal"))
    assert not (tmp_path / "journal").exists()


@pytest.mark.one_database
def test_a_folder_that_is_not_empty_is_left_as_it_is(db: Db, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(PortalError, match="is not empty"):
        _run(export, "sales", "--format", "parquet", "--to", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
