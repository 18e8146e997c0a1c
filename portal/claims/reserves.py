"""What claims that wait for a decision would take from a program's budget."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.claims.models import Claim, ClaimState
from portal.core.db import session
from portal.core.money import POINTS
from portal.programs.definitions.models import Program

WAITING = (ClaimState.SUBMITTED, ClaimState.IN_REVIEW, ClaimState.INFO_REQUESTED)


def waiting_points(programs: Sequence[Program]) -> dict[int, int]:
    """Points that waiting claims expect from each program; a claim under several programs counts whole in each."""
    query = select(Claim.programs, Claim.expected_points).where(Claim.state.in_(WAITING), Claim.programs != "")
    claims = [(f", {names}, ", points) for names, points in session.execute(query)]
    return {
        program.id: sum(points for names, points in claims if f", {program.name}, " in names)
        for program in programs
        if program.unit == POINTS
    }
