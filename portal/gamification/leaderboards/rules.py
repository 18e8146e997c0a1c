"""Pure rules of boards: ranks with ties, the next step, the neighbors, the name that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """One person's sum: units, or minor units of the board's currency."""

    person_id: int
    score: int


@dataclass(frozen=True)
class Ranked:
    """A score with its rank; equal scores share a rank, and the next rank is counted on."""

    rank: int
    person_id: int
    score: int


@dataclass(frozen=True)
class Step:
    """The next step of a person: `missing` more take the person to `rank`; at the top, how far ahead."""

    rank: int
    missing: int
    leads: bool = False
    shared: bool = False


def ranked(scores: Iterable[Score]) -> list[Ranked]:
    """The board, best first; only who sold something is on it."""
    ordered = sorted((one for one in scores if one.score > 0), key=lambda one: (-one.score, one.person_id))
    board: list[Ranked] = []
    for place, one in enumerate(ordered, start=1):
        rank = board[-1].rank if board and board[-1].score == one.score else place
        board.append(Ranked(rank, one.person_id, one.score))
    return board


def place_of(board: Sequence[Ranked], person_id: int | None) -> int | None:
    """The index of a person's row, or None."""
    return next((index for index, row in enumerate(board) if row.person_id == person_id), None)


def next_step(board: Sequence[Ranked], person_id: int | None) -> Step | None:
    """What passes the nearest score above; for the leader, how far the next one is behind."""
    place = place_of(board, person_id)
    if place is None:
        return None
    mine = board[place]
    above = [row for row in board if row.score > mine.score]
    if above:
        return Step(above[-1].rank, above[-1].score - mine.score + 1)
    behind = [row.score for row in board if row.score < mine.score]
    shared = sum(row.score == mine.score for row in board) > 1
    return Step(1, mine.score - behind[0] if behind else mine.score, leads=True, shared=shared)


def around(board: Sequence[Ranked], place: int, reach: int = 2) -> tuple[int, int]:
    """The half-open range of rows with two above, the person, two below; filled up at either end."""
    size = min(len(board), 2 * reach + 1)
    first = max(0, min(place - reach, len(board) - size))
    return first, first + size


def short_name(name: str) -> str:
    """First initial and last name: P. Novak."""
    first, _, rest = name.strip().partition(" ")
    return f"{first[:1]}. {rest.rpartition(' ')[2]}" if rest else name.strip()


def alias(place: str) -> str:
    """How somebody is shown who has not let other shops see the name."""
    return f"A seller in {place}" if place else "A seller"
