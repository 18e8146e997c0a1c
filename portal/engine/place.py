"""Where measuring happens: in this process on Polars, or on a cluster that runs the same Narwhals expressions."""

from __future__ import annotations

from typing import Any, Protocol

import narwhals as nw
import polars as pl

Lines = nw.LazyFrame[Any]


class Place(Protocol):
    """Somewhere lines can be joined, filtered and summed."""

    def lines(self, sales: pl.DataFrame) -> Lines:
        """The lines of a calculation, there."""

    def lift(self, frame: pl.DataFrame) -> Lines:
        """A small frame of parameters, there."""


class InProcess:
    """Polars in this process."""

    def lines(self, sales: pl.DataFrame) -> Lines:
        """The lines as they are."""
        return nw.from_native(sales.lazy())

    def lift(self, frame: pl.DataFrame) -> Lines:
        """The frame as it is."""
        return nw.from_native(frame.lazy())


HERE = InProcess()


FEW = 20_000
_AS_WRITTEN = pl.QueryOptFlags.none()


def collected(frame: Lines, *, lines: int = FEW) -> pl.DataFrame:
    """The rows of a place, brought here; for few `lines` planning would take longer than doing as it is written."""
    native = frame.to_native()
    if lines < FEW and isinstance(native, pl.LazyFrame):
        return native.collect(engine="in-memory", optimizations=_AS_WRITTEN)
    return frame.collect("polars").to_polars()
