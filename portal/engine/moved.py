"""Which earnings new lines can change: those of the programs that count their products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from portal.engine import compile as plans
from portal.engine.needs import Stretch
from portal.engine.periods import Program

I64, TEXT = pl.Int64(), pl.String()
LINES = dict.fromkeys(("line_id", "partner_id", "product_id", "day"), I64)  # no day where the line belongs to another


@dataclass(frozen=True)
class Asked:
    """A program with the stretches of days [from, until) whose sales it needs."""

    program: Program
    days: Sequence[Stretch]


@dataclass(frozen=True)
class Moved:
    """What is owed for `plain` programs changes for the partners in `pairs` alone, for others for all who are touched.

    Shapes: `pairs` has the columns program and participant_id, each pair once.
    """

    plain: tuple[str, ...]
    pairs: pl.DataFrame

    def groups(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows (program, participant_id, more) that may have changed, in their order."""
        hit = self.pairs.with_columns(pl.lit(value=True).alias("_hit"))
        marked = frame.join(hit, on=["program", "participant_id"], how="left", maintain_order="left")
        kept = pl.col("_hit").fill_null(value=False) | ~pl.col("program").is_in(self.plain)
        return marked.filter(kept).drop("_hit")

    def lines(self, lines: pl.DataFrame, asked: Sequence[Asked], products: pl.DataFrame) -> list[int]:
        """The ids of the lines (LINES) these programs look at for what may have changed."""
        counted = _counted([one.program for one in asked], products)
        places = {one.program.code: place for place, one in enumerate(asked)}
        spans = [(place, *span) for place, one in enumerate(asked) for span in one.days]
        days = pl.DataFrame(spans, schema=dict.fromkeys(("place", "since", "until"), I64), orient="row")
        pairs = self.pairs.filter(pl.col("program").is_in(list(places))).select(
            pl.col("program").replace_strict(places, return_dtype=I64).alias("place"),
            pl.col("participant_id").alias("partner_id"),
            pl.lit(value=True).alias("hit"),
        )
        plain = [places[code] for code in self.plain if code in places]
        found = lines.join(counted, on="product_id").join(pairs, on=["place", "partner_id"], how="left")
        found = found.filter(pl.col("hit").fill_null(value=False) | ~pl.col("place").is_in(plain))
        on_day = pl.col("day").is_null() | ((pl.col("day") >= pl.col("since")) & (pl.col("day") < pl.col("until")))
        return found.join(days, on="place").filter(on_day)["line_id"].unique().to_list()


def moved_by(programs: Sequence[Program], lines: pl.DataFrame, products: pl.DataFrame) -> Moved | None:
    """What new lines (partner_id, product_id) change; None where a program may look at lines of any product."""
    if any(rule.component.needs_history for rule in plans.rules_of(programs)):
        return None
    plain = tuple(program.code for program in programs if _is_plain(program))
    codes = pl.Series([program.code for program in programs], dtype=TEXT)
    found = lines.join(_counted(programs, products), on="product_id")
    pairs = found.select(codes.gather(found["place"]).alias("program"), pl.col("partner_id").alias("participant_id"))
    return Moved(plain, pairs.filter(pl.col("program").is_in(plain)).unique())


def _is_plain(program: Program) -> bool:
    """Whether a line changes nothing but what its own partner is owed, and only where its product counts."""
    paid = [version.plan for version in program.versions]
    return all(plan.participant == "partner" and not plan.shares_money for plan in paid)


def _counted(programs: Sequence[Program], products: pl.DataFrame) -> pl.DataFrame:
    """Which products some component of a program may count: the program's place, product_id; each pair once."""
    rules = plans.rules_of(programs)
    places = {program.code: place for place, program in enumerate(programs)}
    classes, kinds = plans.product_classes(rules, products)
    of_rules = pl.Series([places[rule.program] for rule in rules], dtype=I64)
    met = kinds.select("class", of_rules.gather(kinds["rule"]).alias("place")).unique()
    return classes.join(met, on="class").select("place", "product_id")
