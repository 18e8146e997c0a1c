"""What is wrong with one row of a file, in words: every importer speaks of its rows in this shape."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RowError:
    """One complaint about one cell: its line in the file, its column, what stood there and the sentence."""

    line: int
    column: str
    value: str
    sentence: str
