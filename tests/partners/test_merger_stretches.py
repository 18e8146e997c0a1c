"""Mergers as a list of stretches say the same as mergers over a frame of lines."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.clock import day_number
from portal.partners.mergers.rules import Move, stretches, with_moves

FIRST = dt.date(2026, 1, 1)
DAYS = st.integers(0, 6).map(lambda more: FIRST + dt.timedelta(days=more))
SELLERS = st.none() | st.integers(11, 12)
MOVES = st.lists(
    st.builds(Move, st.integers(1, 4), st.integers(1, 4), DAYS, SELLERS).filter(
        lambda move: move.from_partner_id != move.into_partner_id
    ),
    max_size=5,
)


def _owner(moves: list[Move], partner: int, seller: int | None, day: dt.date) -> int:
    for one in stretches(moves):
        mine = one.from_partner_id == partner and one.seller_id in (None, seller)
        if mine and one.since <= day < one.until:
            return one.partner_id
    return partner


@settings(max_examples=60, deadline=None)
@given(MOVES, st.integers(1, 4), SELLERS, DAYS)
def test_a_line_counts_for_the_same_partner_either_way(
    moves: list[Move], partner: int, seller: int | None, day: dt.date
) -> None:
    moves = sorted(moves, key=lambda move: move.valid_from)
    columns = {"partner_id": [partner], "seller_id": [seller], "origin_day": [day_number(day)]}
    line = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))
    assert _owner(moves, partner, seller, day) == with_moves(line, moves)["partner_id"].item()


def test_without_mergers_nothing_moves() -> None:
    assert stretches([]) == []
