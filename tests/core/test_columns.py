"""Columns: the same rows whether read small, large, or inside a transaction."""

import polars as pl
import pytest

from portal.core.columns import read_frame, read_parts
from portal.core.db import session, transaction
from portal.core.heartbeat import beat

QUERY = "SELECT name, length(name) AS size FROM heartbeat ORDER BY name"
KINDS = {"name": pl.String(), "size": pl.Int64()}


@pytest.fixture
def two(db):
    with transaction():
        beat("anna")
        beat("bo")


@pytest.mark.parametrize("large", [False, True])
def test_small_and_large_reads_agree(two, large: bool):
    frame = read_frame(QUERY, KINDS, large=large)
    assert frame.rows() == [("anna", 4), ("bo", 2)]
    assert frame.schema == pl.Schema(KINDS)


@pytest.mark.parametrize("large", [False, True])
def test_no_rows_are_an_empty_frame_of_the_same_columns(two, large: bool):
    frame = read_frame(QUERY.replace("ORDER", "WHERE name = 'x' ORDER"), KINDS, large=large)
    assert frame.is_empty()
    assert frame.schema == pl.Schema(KINDS)


def test_parts_read_at_the_same_time_stand_under_each_other(two):
    parts = [QUERY.replace("ORDER", f"WHERE name = '{name}' ORDER") for name in ("bo", "nobody", "anna")]
    assert read_parts(parts, KINDS).rows() == [("bo", 2), ("anna", 4)]


def test_a_transaction_sees_its_own_work(two):
    with transaction():
        beat("cleo")
        session.flush()
        assert read_frame(QUERY, KINDS).height == 3
        assert read_frame(QUERY.replace("heartbeat", "heartbeat WHERE 1 = 0"), KINDS).is_empty()


@pytest.mark.one_database
def test_a_failing_large_read_says_why(two):
    with pytest.raises(RuntimeError, match="no such table"):
        read_frame("SELECT name, 1 FROM nowhere", KINDS, large=True)


@pytest.mark.one_database
def test_reading_apart_leaves_the_files_locks_alone(two):
    """A second copy of the library in this process would drop the lock that the open transaction holds."""
    with transaction():
        beat("dora")
        session.flush()
    read_frame(QUERY, KINDS, large=True)
    with transaction():
        beat("emil")
    assert read_frame(QUERY, KINDS).height == 4
