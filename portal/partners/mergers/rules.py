"""Pure decisions about mergers: who counts for whom on a day, and which days may be named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from portal.core.clock import day_number
from portal.core.errors import InvalidInput

FURTHEST = dt.timedelta(days=366)


@dataclass(frozen=True)
class Move:
    """Lines of one partner (of one seller, when named) that count for another one from a day on."""

    from_partner_id: int
    into_partner_id: int
    valid_from: dt.date
    seller_id: int | None = None


def a_year_before(day: dt.date) -> dt.date:
    """The same day of the year before; 29 February becomes 28."""
    if day.year == dt.MINYEAR:
        return dt.date.min
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def with_moves(sales: pl.DataFrame, moves: Sequence[Move]) -> pl.DataFrame:
    """The lines with the partner they count for; `base_partner_id` says for whose baselines (PRACTICE D7).

    A line follows the day of its origin, so that a return goes where its sale was counted. Moves come in the order of
    their days; a later one takes what an earlier one brought.
    """
    if not moves:
        return sales
    now, past = pl.col("partner_id"), pl.col("partner_id")
    for move in moves:
        now = _moved(now, move, move.valid_from)
        past = _moved(past, move, a_year_before(move.valid_from))
    return sales.with_columns(now.alias("partner_id"), past.alias("base_partner_id"))


@dataclass(frozen=True)
class Stretch:
    """The days [since, until) on which lines of a partner (of one seller, when named) count for `partner_id`."""

    from_partner_id: int
    seller_id: int | None
    since: dt.date
    until: dt.date
    partner_id: int


def stretches(moves: Sequence[Move]) -> list[Stretch]:
    """What `with_moves` does as a list, for rooms that ask in SQL: the first that fits wins, else nothing moves."""
    days = sorted({dt.date.min, *(move.valid_from for move in moves)})
    sellers = sorted({move.seller_id for move in moves if move.seller_id is not None})
    found: list[Stretch] = []
    for source in sorted({move.from_partner_id for move in moves}):
        usual = _owners(source, None, days, moves)
        for seller in sellers:
            own = _owners(source, seller, days, moves)
            found += _joined(source, seller, days, own) if own != usual else []
        found += [one for one in _joined(source, None, days, usual) if one.partner_id != source]
    return found


def _owners(source: int, seller: int | None, days: Sequence[dt.date], moves: Sequence[Move]) -> list[int]:
    """For whom lines of a partner and seller count from each of the days on."""
    numbers = [day_number(day) for day in days]
    lines = pl.DataFrame({"origin_day": numbers}).with_columns(
        pl.lit(source, pl.Int64).alias("partner_id"), pl.lit(seller, pl.Int64).alias("seller_id")
    )
    return with_moves(lines, moves)["partner_id"].to_list()


def _joined(source: int, seller: int | None, days: Sequence[dt.date], owners: Sequence[int]) -> list[Stretch]:
    found: list[Stretch] = []
    for since, until, owner in zip(days, [*days[1:], dt.date.max], owners, strict=True):
        longer = found.pop() if found and found[-1].partner_id == owner else None
        found.append(Stretch(source, seller, longer.since if longer else since, until, owner))
    return found


def _moved(owner: pl.Expr, move: Move, since: dt.date) -> pl.Expr:
    fits = (owner == move.from_partner_id) & (pl.col("origin_day") >= day_number(since))
    if move.seller_id is not None:
        fits &= (pl.col("seller_id") == move.seller_id).fill_null(value=False)
    return pl.when(fits).then(pl.lit(move.into_partner_id, pl.Int64)).otherwise(owner)


def check_day(day: dt.date, today: dt.date) -> None:
    """Refuse a day too far ahead to be meant."""
    if day > today + FURTHEST:
        raise InvalidInput("Name a day within the next year.", field="valid_from")
