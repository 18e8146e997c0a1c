"""What the engine refuses, in words."""

from __future__ import annotations

from typing import NamedTuple

from portal.core.errors import PortalError


class PlanIssue(NamedTuple):
    """One thing wrong with a plan: the line of the text (None for a stored document), the key, the sentence."""

    line: int | None
    key: str
    sentence: str

    def __str__(self) -> str:
        place = f"Line {self.line}, " if self.line is not None else ""
        return f"{place}{self.key or 'plan'}: {self.sentence}"


class PlanError(PortalError):
    """A plan document that cannot be used; `issues` names every line and key."""

    status = 422
    code = "plan_invalid"

    def __init__(self, issues: list[PlanIssue]) -> None:
        super().__init__("\n".join(str(issue) for issue in issues))
        self.issues = issues


class CalculationError(PortalError):
    """Facts that cannot be calculated on: a missing rate, an unknown product, a number too large."""

    status = 422
    code = "calculation_refused"
