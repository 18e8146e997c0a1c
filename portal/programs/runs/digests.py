"""Digests of what went into a run and what came out: they depend on the rows, not on their order or on partitions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from portal.core.ids import digest


@dataclass
class Tally:
    """Rows added up by their hashes, part by part."""

    rows: int = 0
    total: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Count the rows of a frame in."""
        if frame.is_empty():
            return
        hashes = frame.select(pl.struct(sorted(frame.columns)).hash(seed=0)).to_series()
        self.rows += frame.height
        self.total += int(hashes.cast(pl.Int128).sum())

    @property
    def digest(self) -> str:
        """What all rows so far come to."""
        return digest(f"{self.rows}:{self.total}" if self.rows else "empty")


def frame_digest(frame: pl.DataFrame) -> str:
    """A digest that depends on the rows of a frame, not on their order."""
    tally = Tally()
    tally.add(frame)
    return tally.digest
