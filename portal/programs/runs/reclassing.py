"""Which programs ask for tags of products or segments of end customers: what changes of these calculates anew."""

from __future__ import annotations

from collections.abc import Callable

from portal.engine.plan import Plan
from portal.programs.definitions.queries import engine_programs


def programs_by_tags() -> list[str]:
    """The programs that count products by their tags."""
    return _asking(lambda plan: any(plan.qualify_of(component).tags for component in plan.components))


def programs_by_end_customers() -> list[str]:
    """The programs that leave out sales to some end customers."""
    return _asking(lambda plan: plan.eligibility.end_customers is not None)


def _asking(asks: Callable[[Plan], bool]) -> list[str]:
    return [one.code for one in engine_programs() if any(asks(version.plan) for version in one.versions)]
