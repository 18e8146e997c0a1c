"""A person's way through a campaign: the milestones, the goal, the sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.gamification.campaigns import Campaign

STOPS = 5


@dataclass(frozen=True)
class Way:
    """Where somebody stands: `stops` are numbers of units, the last one is the highest goal."""

    sold: int
    goal: int
    stops: tuple[int, ...]
    has_badge: bool
    sentence: str

    @property
    def milestones(self) -> list[dict[str, object]]:
        """The stops as the path draws them."""
        return [{"at": stop, "label": str(stop)} for stop in self.stops]


def way_of(campaign: Campaign, sold: int, goals: Sequence[int]) -> Way:
    """The way to the next goal (the numbers of the campaign's badges); without badges to the next ten."""
    ahead = sorted(goal for goal in goals if goal > sold)
    top = max(goals, default=(max(sold, 0) // 10 + 1) * 10)
    goal = ahead[0] if ahead else top
    if top >= STOPS:
        stops = tuple(top * number // STOPS for number in range(1, STOPS + 1))
    else:
        stops = tuple(range(1, max(top, 2) + 1))
    pays = f", {campaign.each:,} stars each" if campaign.each else ""
    if goals and not ahead:
        sentence = f"{campaign.counted(sold)}. The badge is yours{pays}."
    elif goals:
        sentence = f"{sold:,} of {goal:,} for the badge{pays}."
    else:
        sentence = f"{campaign.counted(sold)} so far{pays}."
    return Way(sold, goal, stops, bool(goals), sentence)
