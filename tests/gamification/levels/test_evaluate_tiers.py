"""Tiers follow the purchases of four closed quarters: up at once, down only after a notice."""

import datetime as dt

import pytest

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput
from portal.core.events import OutboxRow
from portal.gamification.levels.models import TierEvaluation
from portal.gamification.levels.queries import bought_in, card_of, list_near_tier
from portal.gamification.levels.rules import Rung, standing, window
from portal.gamification.levels.services import evaluate_tiers, load_tiers
from portal.partners.access.queries import make_viewer
from portal.partners.mergers.services import record_merger
from portal.partners.organizations.models import Partner
from portal.partners.tiers.queries import tier_on
from tests.gamification.field import TIERS, Field
from tests.people import fresh
from tests.programs.channel import sell

TODAY = dt.date(2026, 8, 15)


def buy(field: Field, amount: int, day: str, shop: Partner | None = None) -> None:
    """A shop buys for that many cents."""
    sell(field.channel, "BK-1", 1, amount, day, partner=shop)


def evaluate(today: dt.date = TODAY) -> list[tuple[str, str, str]]:
    """Evaluate as on that day; what it led to for the shop of the tests."""
    with clock.frozen(f"{today}T01:00:00+00:00"), transaction():
        made = evaluate_tiers(today)
        return [(one.before, one.outcome, one.after) for one in made if one.partner_id == 1]


def fill(field: Field) -> None:
    """Every other shop stands where its tier is, so that only one case is looked at."""
    for shop in session.query(Partner).filter(Partner.id != field.channel.shop.id):
        buy(field, {"gold": 10_000_000, "silver": 2_500_000}[shop.tier], "2026-05-02", shop)


def test_the_window_is_the_last_four_closed_quarters() -> None:
    assert window(TODAY) == (dt.date(2025, 7, 1), dt.date(2026, 7, 1))
    assert window(dt.date(2026, 1, 1)) == (dt.date(2025, 1, 1), dt.date(2026, 1, 1))


def test_a_rung_is_reached_at_its_very_first_cent() -> None:
    ladder = [Rung("registered", "Registered", 0, ""), Rung("silver", "Silver", 2_500_000, "")]
    assert standing(ladder, 2_499_999).reached.code == "registered"
    assert standing(ladder, 2_500_000).reached.code == "silver"
    assert standing(ladder, -5).missing == 2_500_005
    assert standing(ladder, 2_500_000).missing == 0


def test_the_card_says_what_is_missing_to_the_next_tier(field: Field) -> None:
    buy(field, 25_812_594, "2026-06-30")
    buy(field, 99_999_999, "2026-07-01")
    buy(field, 99_999_999, "2025-06-30")
    card = card_of(make_viewer(field.admin), TODAY)
    assert card.tier is not None
    assert (card.tier.code, card.standing.amount) == ("gold", 25_812_594)
    assert card.standing.next is not None
    assert (card.standing.next.code, card.standing.missing) == ("platinum", 4_187_406)


def test_a_higher_tier_holds_from_the_next_day(field: Field) -> None:
    fill(field)
    buy(field, 30_000_000, "2026-06-30")
    assert evaluate() == [("gold", "raised", "platinum")]
    assert tier_on(field.channel.shop.id, TODAY) == "gold"
    assert tier_on(field.channel.shop.id, TODAY + dt.timedelta(days=1)) == "platinum"


def test_a_second_evaluation_on_the_same_day_changes_nothing(field: Field) -> None:
    fill(field)
    buy(field, 30_000_000, "2026-06-30")
    evaluate()
    assert evaluate() == []
    assert session.query(TierEvaluation).count() == 1


def test_a_lower_tier_is_announced_sixty_days_ahead_with_what_keeps_it(field: Field) -> None:
    fill(field)
    buy(field, 9_000_000, "2026-06-30")
    assert evaluate() == [("gold", "notice", "silver")]
    assert evaluate() == []
    notice = session.query(TierEvaluation).one()
    assert notice.effective_on == dt.date(2026, 10, 14)
    assert "Gold stays until 14 October 2026. 10,000.00 USD more keeps it." in notice.sentence
    assert tier_on(field.channel.shop.id, dt.date(2027, 1, 1)) == "gold"
    fact = session.query(OutboxRow).filter_by(fact="TierNoticeGiven").one()
    assert "lou@shop.example" in fact.payload


def test_the_lower_tier_holds_after_the_notice_has_run_out(field: Field) -> None:
    fill(field)
    buy(field, 9_000_000, "2026-06-30")
    evaluate()
    assert evaluate(dt.date(2026, 9, 30)) == []
    assert evaluate(dt.date(2026, 10, 14)) == [("gold", "lowered", "silver")]
    assert tier_on(field.channel.shop.id, dt.date(2026, 10, 14)) == "gold"
    assert tier_on(field.channel.shop.id, dt.date(2026, 10, 15)) == "silver"


def test_late_purchases_take_the_notice_back(field: Field) -> None:
    fill(field)
    buy(field, 9_000_000, "2026-06-30")
    evaluate()
    buy(field, 1_000_000, "2026-06-29")
    assert evaluate(dt.date(2026, 8, 20)) == []
    assert session.query(TierEvaluation).one().closed_on == dt.date(2026, 8, 20)
    assert card_of(make_viewer(field.admin), TODAY).notice is None


def test_only_purchases_in_the_own_currency_count_and_nothing_sold_on(field: Field) -> None:
    field.sold(field.ana, 100_000, day="2026-05-05")
    assert card_of(make_viewer(field.admin), TODAY).standing.amount == 0


def test_partners_close_to_a_tier_are_listed_for_their_manager(field: Field) -> None:
    buy(field, 27_500_000, "2026-05-05")
    buy(field, 20_000_000, "2026-05-05", field.shops["harbor"])
    assert [one.partner.code for one in list_near_tier(field.channel.manager, TODAY)] == ["SHOP"]


def test_a_ladder_is_loaded_once_and_refuses_what_is_no_amount(field: Field) -> None:
    with transaction():
        assert load_tiers({"tiers": TIERS}) == 0
    with pytest.raises(InvalidInput, match="whole amount"), transaction():
        load_tiers([{"code": "x", "name": "X", "from": "lots"}])


def test_a_merged_shop_brings_its_purchases_from_the_day_of_the_merger_on(field: Field) -> None:
    shop, harbor = field.channel.shop, field.shops["harbor"]
    buy(field, 6_000_000, "2026-04-02")
    buy(field, 1_000_000, "2026-04-30", harbor)
    buy(field, 5_000_000, "2026-05-02", harbor)
    since, until = window(TODAY)
    assert bought_in(since, until, [shop.id]) == {shop.id: 6_000_000}
    session.rollback()
    with clock.frozen(f"{TODAY}T01:00"), transaction():
        record_merger(
            fresh(harbor), fresh(shop), valid_from=dt.date(2026, 5, 1), reason="one owner", by=field.channel.manager
        )
    assert bought_in(since, until) == {shop.id: 11_000_000, harbor.id: 1_000_000}
    assert bought_in(since, until, [shop.id]) == {shop.id: 11_000_000}
    assert card_of(make_viewer(field.admin), TODAY).standing.amount == 11_000_000
