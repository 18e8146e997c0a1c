"""Reading limits, and asking whether somebody may approve what an approval would post."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from functools import cache, cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Select, select

from portal.core import clock
from portal.core.db import session
from portal.security.limits import knowing
from portal.security.limits.errors import AboveLimit
from portal.security.limits.models import ApprovalLimit
from portal.security.limits.rules import Breach, Kind, Limit, Limits, Sums, find_breach, measure_of, say_breach
from portal.security.viewer import Viewer

NAMED = 2
Sees = Callable[[Viewer], bool]


def limits_of(person_ids: Collection[int]) -> dict[int, dict[Kind, dict[str, Limit]]]:
    """The limits in force of some people, by kind and measure, in one statement; who has none is left out."""
    ids = sorted(set(person_ids))
    query = select(ApprovalLimit).where(ApprovalLimit.person_id.in_(ids), ApprovalLimit.valid_from <= clock.today())
    found: dict[int, dict[Kind, dict[str, Limit]]] = {}
    for row in session.scalars(query.order_by(ApprovalLimit.id)) if ids else ():
        kind = Kind(row.kind)
        own = found.setdefault(row.person_id, {}).setdefault(kind, {})
        own[measure_of(row.unit)] = Limit(kind, row.unit, row.amount)
    return found


def find_limit(person_id: int, kind: Kind, measure: str) -> Limit | None:
    """One limit in force, or None."""
    return limits_of([person_id]).get(person_id, {}).get(kind, {}).get(measure)


class Desk:
    """What one person may approve of one kind, read once for a page or an act."""

    def __init__(self, viewer: Viewer, kind: Kind) -> None:
        self.kind = kind
        self._viewer = viewer
        self._rate = cache(_rate_today)

    @cached_property
    def limits(self) -> Limits:
        """The person's own limits by measure; the system has none."""
        number = self._viewer.person_id
        return {} if number is None else limits_of([number]).get(number, {}).get(self.kind, {})

    def why_above(self, sums: Sums, *, but: Collection[int | None] = (), sees: Sees | None = None) -> str | None:
        """The sentence that refuses what is above the person's limit, or None.

        `but` are people who cannot decide it, because it is their own; `sees` says whether somebody may see it at all.
        """
        refusal = self._refusal(sums, but, sees)
        return refusal.sentence if refusal else None

    def check(self, sums: Sums, *, but: Collection[int | None] = (), sees: Sees | None = None) -> None:
        """Refuse what is above the person's limit, in words."""
        if refusal := self._refusal(sums, but, sees):
            raise refusal

    def _refusal(self, sums: Sums, but: Collection[int | None], sees: Sees | None) -> AboveLimit | None:
        breach = self._breach(self.limits, sums)
        if breach is None:
            return None
        can = (
            one.name for one, limits in self._others
            if one.person_id not in but and self._breach(limits, sums) is None and (sees is None or sees(one))
        )  # fmt: skip
        others = list(islice(can, NAMED))
        named = say_breach(self.kind, breach, others, whose=self._viewer.name)
        return AboveLimit(say_breach(self.kind, breach, others), named=named)

    def _breach(self, limits: Limits, sums: Sums) -> Breach | None:
        return find_breach(limits, sums, self._rate)

    @cached_property
    def _others(self) -> list[tuple[Viewer, Limits]]:
        people = [one for one in knowing.list_approvers() if one.can(self.kind.permission)]
        own = limits_of([one.person_id for one in people if one.person_id is not None])
        return [(one, own.get(one.person_id or 0, {}).get(self.kind, {})) for one in people]


def seen_by(visible: Callable[[Viewer], Select[Any]], key: Any, numbers: Collection[int]) -> Callable[[int], Sees]:
    """Whether somebody else may see one of these rows; one statement for each person who is asked about."""

    @cache
    def seen(viewer: Viewer) -> frozenset[int]:
        return frozenset(session.scalars(visible(viewer).where(key.in_(numbers)).with_only_columns(key)))

    return lambda number: lambda viewer: number in seen(viewer)


def _rate_today(currency: str, base: str) -> Fraction | None:
    return knowing.find_rate(currency, base, clock.today())
