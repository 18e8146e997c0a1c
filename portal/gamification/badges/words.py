"""Badges in words: the deed, what is missing, how the rule reads. Pure."""

from __future__ import annotations

from portal.gamification.badges.rules import Progress, Rule
from portal.gamification.campaigns import Campaign, singular

_NOUNS = {
    "units": "units", "approved_claims": "approved claims", "points_earned": "stars", "categories": "product families",
}  # fmt: skip
KINDS = {
    "units": "Units sold", "categories": "Product families sold from", "approved_claims": "Claims approved",
    "points_earned": "Stars earned",
}  # fmt: skip
ALL_SALES = {
    "sell_out": "All sales to end customers", "sell_through": "All sales of distributors to resellers",
    "sell_in": "All that partners buy from us",
}  # fmt: skip
_IN_SALES = {
    "sell_out": "", "sell_through": " by distributors to resellers", "sell_in": " by us to partners",
}  # fmt: skip


def noun_of(rule: Rule, campaign: Campaign | None) -> str:
    """What is counted, as a plural."""
    if rule.count == "units" and campaign is not None:
        return campaign.noun
    return _NOUNS[rule.count]


def counted(number: int, noun: str) -> str:
    """1 product family, 4 product families."""
    one = "product family" if noun == "product families" else singular(noun)
    return f"{number:,} {one if number == 1 else noun}"


def missing_words(rule: Rule, progress: Progress, campaign: Campaign | None) -> str:
    """3 more helmets."""
    number, _, noun = counted(progress.missing, noun_of(rule, campaign)).partition(" ")
    return f"{number} more {noun}"


def progress_words(rule: Rule, progress: Progress, campaign: Campaign | None) -> str:
    """22 of 25 helmets."""
    return f"{max(0, progress.count):,} of {counted(rule.at, noun_of(rule, campaign))}"


def headline(rule: Rule, campaign: Campaign | None) -> str:
    """The deed and the gift: 25 helmets. The badge is yours."""
    deed = "Your first sale" if rule.count == "units" and rule.at == 1 else counted(rule.at, noun_of(rule, campaign))
    return f"{deed}. The badge is yours."


def rule_words(rule: Rule, campaign: Campaign | None, *, whom: str = "you") -> str:
    """How the rule reads in full; `whom` the sales are credited to, as its reader would say."""
    number = counted(rule.at, noun_of(rule, campaign))
    if rule.count == "approved_claims":
        return f"Given for {number}. A claim counts when every line of it was approved."
    if rule.count == "points_earned":
        return f"Given for {number} earned. Spending them does not take the badge away."
    where = f" in {campaign.name}" if campaign is not None else _IN_SALES[rule.flow]
    if rule.program is not None and campaign is None:
        return f"Given for {number} in {rule.program}, a campaign that is not published, so nobody can earn it."
    if rule.count == "categories":
        return f"Given for sales from {number}{where}. Returned goods are taken off."
    return f"Given for {number} sold{where} and credited to {whom}. Returned goods are taken off."
