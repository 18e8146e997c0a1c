"""The published figures of the real channel, recomputed by brute force from the committed files."""

from tests.demo.oracle import (
    GEAR,
    PARTS,
    Q1,
    Q2,
    Q3,
    US,
    cents,
    growth,
    lines,
    margin,
    marginal,
    matches,
    quarter,
    revenue,
    sales,
    whole,
)  # fmt: skip

FRIENDLY, PERMANENT = "AW00000290", "AW00000650"
RETURNED = 216_00


def test_the_shop_earns_46_37_on_2021_77_in_the_last_closed_quarter() -> None:
    total = revenue(lines(Q2, US, GEAR))[FRIENDLY]
    assert total == 2_021_77
    assert marginal(total) == 46_37 == 5_00 + 32_50 + 8_87


def test_the_whole_volume_twin_would_have_paid_80_87() -> None:
    assert whole(revenue(lines(Q2, US, GEAR))[FRIENDLY]) == 80_87


def test_parts_growth_is_67_12_on_4996_78_against_3318_90() -> None:
    total, baseline = revenue(lines(Q2, US, PARTS))[FRIENDLY], revenue(lines(Q2 - 4, US, PARTS))[FRIENDLY]
    assert (total, baseline) == (4_996_78, 3_318_90)
    assert growth(total, baseline, 1_000_00) == 67_12


def test_the_late_return_costs_8_64_in_each_of_the_two_plans() -> None:
    volume = revenue(lines(Q2, US, GEAR))[FRIENDLY] - RETURNED
    parts = revenue(lines(Q2, US, PARTS))[FRIENDLY] - RETURNED
    assert marginal(volume) == 37_73
    assert growth(parts, 3_318_90, 1_000_00) == 58_48


def test_the_current_quarter_stands_at_4045_00_and_455_00_more_earn_18_20() -> None:
    total = revenue(lines(Q3, US, GEAR))[FRIENDLY]
    assert total == 4_045_00
    assert marginal(total) == 127_30
    assert marginal(total + 455_00) - marginal(total) == 18_20


def test_the_rival_shop_earns_191_40_on_5417_96() -> None:
    total = revenue(lines(Q2, US, GEAR))[PERMANENT]
    assert (total, marginal(total)) == (5_417_96, 191_40)


def test_all_us_partners_together_earn_3756_34_on_157048_93() -> None:
    totals = revenue(lines(Q2, US, GEAR))
    assert (len(totals), sum(totals.values())) == (163, 157_048_93)
    assert sum(map(marginal, totals.values())) == 3_756_34


def test_without_jerseys_and_caps_the_quarter_costs_2255_53() -> None:
    totals = revenue(lines(Q2, US, GEAR, ("Clothing / Jerseys", "Clothing / Caps")))
    assert sum(map(marginal, totals.values())) == 2_255_53


def test_parts_growth_pays_4447_55_to_28_partners_and_6416_18_without_the_minimum() -> None:
    now, before = revenue(lines(Q2, US, PARTS)), revenue(lines(Q2 - 4, US, PARTS))
    earned = [growth(total, before[partner], 1_000_00) for partner, total in now.items()]
    assert (sum(earned), sum(amount > 0 for amount in earned)) == (4_447_55, 28)
    assert sum(growth(total, before[partner], 0) for partner, total in now.items()) == 6_416_18


def test_18_of_29_lines_of_the_order_behind_the_rebate_count() -> None:
    order = [row for row in sales() if row["invoice_no"] == "SO61195"]
    assert len(order) == 29
    assert sum(matches(row["sku"], GEAR) for row in order) == 18


def test_the_shop_is_41874_06_short_of_platinum() -> None:
    total = sum(
        cents(r["amount"]) for r in sales() if r["partner"] == FRIENDLY and Q2 - 3 <= quarter(r["sold_on"]) <= Q2
    )
    assert total == 258_125_94
    assert 300_000_00 - total == 41_874_06


def test_jerseys_and_caps_lose_30_6_and_28_3_percent() -> None:
    for group, tenths in (("Clothing / Jerseys", -306), ("Clothing / Caps", -283)):
        found = lines(Q2, US, (group,))
        assert round(1000 * margin(found) / sum(cents(row["amount"]) for row in found)) == tenths


def test_the_quarters_before_are_as_full_as_they_were_published() -> None:
    counted = [sum(quarter(row["sold_on"]) == at for row in sales()) for at in (Q1, Q2, Q3)]
    assert counted == [9_324, 7_315, 6_050]
