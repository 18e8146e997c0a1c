"""Programs that look at everybody, on the lines they could count: a period at a time where that is enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from portal.engine import pipeline as engine
from portal.engine.compile import product_classes, rules_of
from portal.engine.frames import Facts
from portal.engine.periods import Program, windows_of
from portal.programs.runs.facts import KnownFacts, with_posted
from portal.programs.runs.reach import stack_groups

DAYS = ("sold_day", "origin_day")


class WideLines:
    """The lines that programs of a wide reach could count, kept on disk until all partitions have been seen."""

    def __init__(self, folder: Path, shared: list[Program], lasting: list[Program], products: pl.DataFrame) -> None:
        self._folder, self._lasting = folder, {program.code for program in lasting}
        self._last_day: int | None = None
        self._groups = list(_competing([*shared, *lasting]))
        self._products = [_counted_products(group, products) for group in self._groups]
        self._files: list[Path] = []

    def keep(self, sales: pl.DataFrame) -> None:
        """Keep of a partition what may count."""
        if not self._groups:
            return
        last = sales.select(pl.max_horizontal(pl.col(name).max() for name in DAYS)).item()
        self._last_day = max((day for day in (self._last_day, last) if day is not None), default=None)
        counted = sales.filter(pl.col("product_id").is_in(pl.concat(self._products).unique().implode()))
        self._files.append(self._folder / f"wide-{len(self._files)}.ipc")
        counted.write_ipc(self._files[-1])

    def calculate(self, around: Facts, *, posting: bool) -> Iterator[pl.DataFrame]:
        """The earnings of each group of programs and stretch of periods."""
        for group, products in zip(self._groups, self._products, strict=True):
            for first, after in self._stretches(group):
                kept = pl.scan_ipc(self._files).filter(pl.col("product_id").is_in(products.implode()))
                if first is not None and after is not None:
                    since, until = engine.reach(group, first, after)
                    kept = kept.filter(pl.any_horizontal(pl.col(name) >= since for name in DAYS))
                    kept = kept.filter(pl.any_horizontal(pl.col(name) < until for name in DAYS))
                known = KnownFacts(replace(around, sales=kept.collect()), pl.DataFrame())
                known = with_posted(known, group) if posting else known
                yield engine.calculate(group, known.facts, from_day=first, until_day=after)

    def _stretches(self, group: Sequence[Program]) -> list[tuple[int, int] | tuple[None, None]]:
        """Stretches of days that cut no period of the group; one without ends where all of its life counts."""
        if self._last_day is None:
            return []
        if any(program.code in self._lasting for program in group):
            return [(None, None)]
        found: list[tuple[int, int]] = []
        for start, end in sorted(
            (window.start, window.end) for program in group for window in windows_of(program, self._last_day)
        ):
            if found and start < found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], end))
            else:
                found.append((start, end))
        return [*found]


def _competing(programs: Sequence[Program]) -> Iterator[list[Program]]:
    """The programs with those they compete with for lines; they are only right together."""
    left = list(programs)
    while left:
        group = [left.pop(0)]
        while more := [
            one for one in left if stack_groups(one) & {name for mine in group for name in stack_groups(mine)}
        ]:
            group += more
            left = [one for one in left if one not in more]
        yield group


def _counted_products(programs: Sequence[Program], products: pl.DataFrame) -> pl.Series:
    """The ids of the products that some rule of these programs counts."""
    return product_classes(rules_of(programs), products)[0]["product_id"]
