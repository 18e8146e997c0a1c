"""Every earning can be told: the bands, the lines, the sentence, and who stands for the rule."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import NotFound
from portal.engine.errors import CalculationError
from portal.partners.tiers.services import set_tier
from portal.programs.runs.explanations import explain
from portal.programs.runs.trace_data import trace_rows
from tests.people import viewer_of
from tests.programs.shop_year import GROWTH, HELMETS, Q3, SPRINT, VOLUME, closed_quarter, open_channel, racks_come_back

Db = scoped_session[Session]


def test_the_volume_rebate_of_the_closed_quarter_is_walked_band_by_band(db: Db) -> None:
    channel = closed_quarter()
    shop = channel.cast.shop
    told = explain(VOLUME, "partner", shop.id, shop.code, Q3)
    one = told.components[0]
    assert [(int(band.part), band.rate, band.amount) for band in one.fact.bands] == [
        (50_000, "1 %", 500),
        (130_000, "2.5 %", 3_250),
        (22_177, "4 %", 887),
    ]
    assert one.sentence == (
        "2,021.77 of accessories and clothing counts. Each step of the scale pays: 5.00 + 32.50 + 8.87 = 46.37."
    )
    assert (told.earned, told.unit, told.version) == (4_637, "USD", 1)
    assert (told.published_by, told.approved_by) == ("Tess Moran", "Sam Idris")
    assert [line.product for line in one.counted] == ["Hitch Rack - 4-Bike", "Long-Sleeve Logo Jersey, L"]
    assert {line.fact.reason for line in one.not_counted} == {
        "not in this program: category Bikes / Road Bikes",
        "not in this program: category Components / Pedals",
    }
    assert sum(line.fact.share or 0 for line in one.counted) == 4_637


def test_the_growth_bonus_names_both_years(db: Db) -> None:
    shop = closed_quarter().cast.shop
    told = explain(GROWTH, "partner", shop.id, shop.code, Q3)
    assert told.earned == 6_712
    assert told.components[0].sentence == (
        "4,996.78 against 3,318.90 a year before: growth of 50.6 %. The part above it, 1,677.88, at 4 % is 67.12."
    )


def test_a_sprint_is_told_in_goods_and_stars(db: Db) -> None:
    channel = open_channel()
    channel.sold_out(
        "2026-11-10T09:00", ("FB-1042-1", "HL-U509", 3), ("FB-1042-2", "HL-U509-R", 1), ("FB-1042-3", "WB-H098", 1)
    )
    seller = channel.cast.seller
    one = explain(HELMETS, "person", seller.id, seller.email, SPRINT).components[0]
    assert one.sentence == "4 Sport-100 helmets \u00d7 40 stars."
    assert [(line.invoice_no, line.fact.share) for line in one.counted] == [("FB-1042", 120), ("FB-1042", 40)]
    assert [line.fact.reason for line in one.not_counted] == ["not in this program: product WB-H098"]


def test_a_line_the_shop_forbids_to_pay_says_so(db: Db) -> None:
    channel = open_channel()
    rival = channel.cast.rival_seller
    line = channel.line(
        "T-1", "HL-U509", "2026-11-10", 3_499, channel.cast.rival_shop, flow="sell_out", seller_id=rival.id
    )
    channel.arrive("2026-11-10T09:00", line, source="till")
    told = explain(HELMETS, "person", rival.id, rival.email, SPRINT)
    assert told.earned == 0
    assert [line.fact.reason for line in told.components[0].not_counted] == [
        "the shop does not allow SPIFs to its people"
    ]


def test_the_trace_of_a_past_day_leaves_out_what_came_later(db: Db) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    shop = channel.cast.shop
    assert explain(VOLUME, "partner", shop.id, shop.code, Q3).earned == 3_773
    then = clock.parse_moment("2026-11-05")
    assert explain(VOLUME, "partner", shop.id, shop.code, Q3, as_of=then).earned == 4_637


def test_the_trace_as_data_sums_to_what_was_earned(db: Db) -> None:
    shop = closed_quarter().cast.shop
    row = trace_rows(explain(VOLUME, "partner", shop.id, shop.code, Q3))[0]
    assert (row["earned"], row["measure"], row["baseline"], row["unit"]) == ("46.37", "2021.77", None, "USD")
    counted = [line for line in row["lines"] if line["counted"]]
    assert [line["share"] for line in counted] == ["4.95", "41.42"]
    assert {line["reason"] for line in counted} == {""}


def test_a_period_that_does_not_exist_is_refused(db: Db) -> None:
    shop = open_channel().cast.shop
    with pytest.raises(CalculationError):
        explain(VOLUME, "partner", shop.id, shop.code, Q3.replace(month=8))
    with pytest.raises(NotFound):
        explain("no-such-program", "partner", shop.id, shop.code, Q3)


def test_the_trace_as_data_says_who_the_shop_was_and_from_when(db: Db) -> None:
    channel = closed_quarter()
    shop = channel.cast.shop
    with clock.frozen("2026-11-16T09:00"), transaction():
        set_tier(shop, "platinum", dt.date(2026, 9, 1), "A good year", viewer_of(channel.cast.channel_manager))
    row = trace_rows(explain(VOLUME, "partner", shop.id, shop.code, Q3))[0]
    told = [(one["from"], one["until"], one["tier"]) for one in row["eligibility"]]
    assert told == [("2026-07-01", "2026-09-01", "gold"), ("2026-09-01", "2026-10-01", "platinum")]
    assert {(one["partner"], one["type"], one["territory"]) for one in row["eligibility"]} == {
        (shop.code, "reseller", "Northwest")
    }
    assert {(tuple(one["certificates"]), one["takes_part"]) for one in row["eligibility"]} == {((), None)}
