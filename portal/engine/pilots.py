"""Pilots: the partners a program is tried with, and those left as they were to compare with (PRACTICE T21).

A partner's side follows from the seed and the code of the company it belongs to on the day the program starts, and
from nothing else: no order of arrival, no sale, no other partner changes it. A branch goes with its parent, a company
that comes later gets its side by the same rule. A higher percent only adds to the pilot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from portal.core.ids import digest
from portal.engine.errors import CalculationError
from portal.engine.plan_values import Percent, Whole

if TYPE_CHECKING:
    from portal.engine.compile import Rule
    from portal.engine.frames import Facts
    from portal.engine.periods import Version

MISS = "in the control group"
_DIGITS = 15
_PLACES: int = 16**_DIGITS
Timeline = Sequence[tuple[int, int | None]]


class Pilot(BaseModel):
    """How the companies a plan is open to are split: about `percent` of them are the pilot, the others the control."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    percent: Percent
    seed: Whole


def is_chosen(pilot: Pilot, code: str) -> bool:
    """Whether a company of this code is in the pilot: its place is the SHA-256 of "seed:code", read as a fraction."""
    place = int(digest(f"{pilot.seed}:{code}")[:_DIGITS], 16)
    return place * 100 < Fraction(pilot.percent) * _PLACES


def company_of(partner: int, day: int, timelines: Mapping[int, Timeline]) -> int:
    """The company a partner belongs to on a day: the parent of its parent, as far up as it goes."""
    seen = [partner]
    while (above := _parent(timelines.get(seen[-1], ()), day)) is not None and above not in seen:
        seen.append(above)
    return seen[-1]


def timelines_of(rows: Iterable[Mapping[str, Any]]) -> dict[int, list[tuple[int, int | None]]]:
    """The (valid_from, parent_id) of each partner, in the order of the rows."""
    found: dict[int, list[tuple[int, int | None]]] = {}
    for row in rows:
        found.setdefault(row["partner_id"], []).append((row["valid_from"], row["parent_id"]))
    return found


def _parent(timeline: Timeline, day: int) -> int | None:
    """Who owns a partner on a day; its first owner holds from the beginning."""
    begun = [parent for since, parent in sorted(timeline, key=lambda step: step[0]) if since <= day]
    return begun[-1] if begun else min(timeline, key=lambda step: step[0])[1] if timeline else None


def control_of(version: Version, facts: Facts, partners: Iterable[int]) -> frozenset[int]:
    """Those of some partners that are the control group of a version; nobody where there is no pilot.

    Raises CalculationError where the code of a company is not known.
    """
    pilot = version.plan.pilot
    if pilot is None:
        return frozenset()
    timelines = timelines_of(facts.partner_values.select("partner_id", "valid_from", "parent_id").iter_rows(named=True))
    codes = dict(
        facts.codes.filter(pl.col("participant_kind") == "partner").select("participant_id", "code").iter_rows()
    )
    found = set()
    for partner in partners:
        company = company_of(partner, version.split_on, timelines)
        if company not in codes or company not in timelines:
            raise CalculationError(f"The pilot of {version.plan.code} needs the code of the partner {company}.")
        if not is_chosen(pilot, codes[company]):
            found.add(partner)
    return frozenset(found)


def mark_of(version: Version) -> str:
    """How one split is written among a partner's values; splits that are alike are written alike."""
    pilot = version.plan.pilot
    return "" if pilot is None else f"|{pilot.seed}:{pilot.percent.normalize():f}:{version.split_on}|"


def is_control(version: Version, values: Mapping[str, str | None]) -> bool:
    """Whether a partner of these values is in the control group of a version."""
    return version.plan.pilot is not None and mark_of(version) in (values["control"] or "")


def with_control(facts: Facts, rules: Sequence[Rule]) -> pl.DataFrame:
    """The dated values of partners with `control`: the splits of these rules in which the partner is left out."""
    splits = {mark_of(rule.version): rule.version for rule in rules if rule.plan.pilot is not None}
    if not splits:
        return facts.partner_values
    partners = facts.sales["partner_id"].unique().to_list()
    sides = {mark: control_of(version, facts, partners) for mark, version in splits.items()}
    marks = [(number, "".join(mark for mark in sorted(splits) if number in sides[mark]) or None) for number in partners]
    frame = pl.DataFrame(marks, schema={"partner_id": pl.Int64, "control": pl.String}, orient="row")
    return facts.partner_values.join(frame, on="partner_id", how="left", maintain_order="left")
