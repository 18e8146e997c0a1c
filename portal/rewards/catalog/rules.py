"""Pure decisions about the catalog: who may have what, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from portal.partners.tiers.rules import rank_of

ARTS = (
    "backpack", "basket", "bell", "bike", "book", "bottle", "cash", "computer", "concert", "course", "cup",
    "dinner", "espresso", "factory", "flag", "fork", "giftcard", "handlebar", "headphones", "helmet", "jacket",
    "jersey", "lights", "phone", "ride", "school", "stand", "tent", "tool", "tools", "trail", "travel", "tree",
    "tuneup", "wheel",
)  # fmt: skip
LOW_STOCK = 3
PRICE_STEPS = {"500": (0, 500), "2000": (501, 2000), "more": (2001, 10**13)}


def is_open_to(min_tier: str | None, tier: str) -> bool:
    """Whether a company of that tier may order a reward that opens at `min_tier`."""
    return not min_tier or rank_of(tier) >= rank_of(min_tier)


@dataclass(frozen=True)
class Offer:
    """How a reward stands for one person: what is missing, and the sentence that says it."""

    points: int
    available: int
    open: bool
    sold_out: bool
    min_tier: str | None
    stock: int | None = None

    @property
    def few_left(self) -> bool:
        """Whether so few are on the shelf that the reader is told."""
        return self.stock is not None and self.stock <= LOW_STOCK

    @property
    def missing(self) -> int:
        """How many points are missing, zero when there are enough."""
        return max(0, self.points - self.available)

    @property
    def after(self) -> int:
        """What is left after ordering; negative when it cannot be ordered."""
        return self.available - self.points

    @property
    def orderable(self) -> bool:
        """Whether the person may order it now."""
        return self.open and not self.sold_out and not self.missing

    @property
    def sentence(self) -> str:
        """The next step toward it, or nothing when it can be had now."""
        if self.sold_out:
            return "None left just now"
        if not self.open:
            return f"Opens at {self.min_tier}"
        return f"{self.missing:,} stars away" if self.missing else ""
