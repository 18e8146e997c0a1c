"""Badge rules, without a database."""

import datetime as dt

import pytest

from portal.core.errors import InvalidInput
from portal.gamification.badges.rules import Deeds, Rule, Scope, Sold, parse_rule, progress_of

FIRST = dt.date(2026, 8, 1)
SCOPE = Scope(FIRST, dt.date(2026, 9, 1), frozenset({1, 2}))


def sold(quantity: int, day: int = 1, product: int = 1, family: str = "Accessories", flow: str = "sell_out") -> Sold:
    """A sale in August."""
    on = FIRST + dt.timedelta(days=day - 1)
    return Sold(on, on, product, family, flow, quantity)


def test_the_day_a_number_was_reached_is_known() -> None:
    progress = progress_of(Rule("units", 5), Deeds(sold=[sold(3, 4), sold(2, 2), sold(1, 9)]), None)
    assert (progress.count, progress.reached_on) == (6, dt.date(2026, 8, 4))


def test_what_came_back_is_taken_off() -> None:
    progress = progress_of(Rule("units", 5), Deeds(sold=[sold(5, 1), sold(-1, 3)]), None)
    assert (progress.count, progress.reached, progress.reached_on, progress.missing) == (4, False, None, 1)


def test_a_campaign_counts_its_own_days_and_products() -> None:
    deeds = Deeds(sold=[sold(3), sold(4, product=3), sold(5, day=40), sold(6, flow="sell_in")])
    assert progress_of(Rule("units", 25, program="sprint"), deeds, SCOPE).count == 3


def test_a_campaign_that_is_not_there_counts_nothing() -> None:
    assert progress_of(Rule("units", 1, program="gone"), Deeds(sold=[sold(3)]), None).count == 0


def test_product_families_count_while_something_of_them_is_sold() -> None:
    deeds = Deeds(sold=[sold(1, 1), sold(1, 2, family="Bikes"), sold(-1, 3, family="Bikes")])
    assert progress_of(Rule("categories", 2), deeds, None).count == 1


def test_claims_and_stars_are_counted_by_day() -> None:
    deeds = Deeds(approved=[FIRST, FIRST], earned=[(FIRST, 900), (dt.date(2026, 8, 9), 160)])
    assert progress_of(Rule("approved_claims", 2), deeds, None).reached_on == FIRST
    assert progress_of(Rule("points_earned", 1000), deeds, None).reached_on == dt.date(2026, 8, 9)


def test_a_share_is_never_full_before_the_badge_is_earned() -> None:
    assert progress_of(Rule("units", 1000), Deeds(sold=[sold(999)]), None).share == 99


@pytest.mark.parametrize("given", [{"count": "luck", "at": "1"}, {"count": "units", "at": "0"}, {"count": "units"},
                                   {"count": "units", "at": "1", "color": "red"}])  # fmt: skip
def test_a_rule_that_cannot_be_counted_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        parse_rule(given)


def test_a_rule_survives_being_stored() -> None:
    rule = parse_rule({"count": "units", "flow": "sell_out", "program": "sprint", "at": "25"})
    assert parse_rule(rule.to_json()) == rule
