"""The generator: repeatable, plausible, and exactly the balances and ranks the walk promises."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import polars as pl
import pytest

from portal.demo.calendar import quarter_start, shift_for
from portal.demo.channel import DemoChannel
from portal.demo.examples import catalog, late_csv, partner_by_code, published_lines, tier_of, tier_rows
from portal.demo.generate_ana import ANA_PIECES, COLLEAGUES_PIECES
from portal.demo.generate_people import ANA, ANA_SHOP, RIVAL, RIVAL_SHOP, people, spif_answers
from portal.demo.generate_sprint import sprint_tickets
from portal.demo.generate_supply import DISTRIBUTORS, distributor_rows
from portal.demo.generate_tickets import SPIF_GROUPS, SPRINT_SKUS, is_lifted, purchases, tickets
from portal.demo.generate_truth import truth
from portal.demo.lines import IMPORT_COLUMNS, import_csv
from portal.demo.prices import category_by_sku, list_price
from tests.demo.oracle import rows

DAYS = [date(2026, 10, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 28), date(2026, 11, 22)]
TODAY = DAYS[-1]


def _helmets(today: date, territory: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in sprint_tickets(today):
        if partner_by_code()[line.partner]["territory"] == territory and line.sold_on <= today:
            counts[line.seller] += line.quantity
    return counts


@pytest.mark.parametrize("today", DAYS)
def test_ana_is_fourth_in_the_northwest_with_22_helmets(today: date) -> None:
    best = _helmets(today, "Northwest").most_common()
    assert [count for _, count in best[:4]] == [38, 31, 25, 22]
    assert best[3][0] == ANA
    assert best[4][1] < 22


@pytest.mark.parametrize("today", DAYS)
def test_ana_has_1860_stars(today: date) -> None:
    known = DemoChannel(today).known_lines().filter((pl.col("seller") == ANA) & (pl.col("flow") == "sell_out"))
    sprint = known.filter(pl.col("sku").is_in(SPRINT_SKUS) & (pl.col("sold_on") >= today - timedelta(28)))
    paid_groups = [sku for sku, group in category_by_sku().items() if group in SPIF_GROUPS]
    spif = known.filter(pl.col("sku").is_in(paid_groups) & (pl.col("sold_on") < quarter_start(today)))
    assert spif["sold_on"].min() >= shift_for(today).boundary(date(2013, 1, 1))  # type: ignore[operator]
    assert (40 * sum(sprint["quantity"].to_list()), 35 * sum(spif["quantity"].to_list())) == (880, 980)
    assert 880 + 980 == 1_860
    assert known.filter(pl.col("sku").is_in(SPRINT_SKUS)).height == sprint.height


def test_the_rival_is_second_and_works_for_the_other_shop() -> None:
    assert _helmets(TODAY, "Northwest").most_common()[1] == (RIVAL, 31)
    assert partner_by_code()[RIVAL_SHOP]["name"] == "Permanent Finish Products"


@pytest.mark.parametrize("sku", ["RA-H123", "HY-1023-70"])
def test_the_shop_never_sold_more_racks_and_packs_than_it_had_bought(sku: str) -> None:
    bought = (
        published_lines()
        .filter((pl.col("partner") == ANA_SHOP) & (pl.col("sku") == sku))
        .select("sold_on", "quantity")
        .rows()
    )
    sold = [(day, n) for day, piece, n in (*ANA_PIECES, *COLLEAGUES_PIECES) if piece == sku]
    for day, _ in sold:
        assert sum(n for when, n in sold if when <= day) <= sum(
            n for when, n in bought if date(2012, 12, 1) <= when < day
        )


def test_two_builds_of_one_day_are_equal_and_external_ids_unique() -> None:
    first, second = DemoChannel(TODAY).lines, DemoChannel(TODAY).lines
    assert first.equals(second)
    assert first.select(pl.struct("source", "external_id").n_unique()).item() == first.height


def test_only_generated_lines_are_marked_as_generated() -> None:
    counted = DemoChannel(TODAY).lines.group_by("flow", "generated").len().sort("flow").rows()
    assert [(flow, generated) for flow, generated, _ in counted] == [
        ("sell_in", False), ("sell_out", True), ("sell_through", True),
    ]  # fmt: skip
    assert 10_000 < sum(n for flow, _, n in counted if flow == "sell_out") < 20_000


@pytest.mark.parametrize("today", DAYS)
def test_a_ticket_follows_a_purchase_within_1_to_75_days(today: date) -> None:
    shift = shift_for(today)
    bought: dict[tuple[str, str], list[date]] = defaultdict(list)
    for purchase in purchases():
        bought[purchase.shop, purchase.sku].append(shift.sale_day(purchase.bought_on))
    for line in tickets():
        if line.partner != ANA_SHOP and not line.returns:
            day = shift.ticket_day(line.sold_on)
            assert any(1 <= (day - start).days <= 75 for start in bought[line.partner, line.sku])


def test_tickets_are_of_one_to_four_units_at_list_price_less_up_to_ten_percent() -> None:
    for line in tickets():
        units, price = abs(line.quantity), list_price(line.sku, line.sold_on)
        assert 1 <= units <= 4
        assert price * 90 // 100 * units <= abs(line.amount) <= price * units


def test_bikes_carry_a_serial_of_their_own() -> None:
    sold = [line for line in tickets() if not line.returns]
    serials = [line.serial_no for line in sold if category_by_sku()[line.sku].startswith("Bikes")]
    assert len(set(serials)) == len(serials) > 4_000
    assert all(serials)
    assert all(line.quantity == 1 for line in sold if line.serial_no)


def test_about_two_percent_come_back_linked_in_the_quarter_of_their_sale() -> None:
    by_id = {line.external_id: line for line in tickets()}
    returns = [line for line in tickets() if line.returns]
    assert 0.015 < len(returns) / len(by_id) < 0.025
    for back in returns:
        sale = by_id[back.returns]
        assert (back.quantity, back.amount, back.seller, back.serial_no) == (
            -sale.quantity,
            -sale.amount,
            sale.seller,
            sale.serial_no,
        )
        assert sale.sold_on < back.sold_on
        assert quarter_start(sale.sold_on) == quarter_start(back.sold_on)


@pytest.mark.parametrize("today", DAYS)
def test_about_three_percent_are_recorded_6_to_40_days_late_in_the_quarter_of_their_sale(today: date) -> None:
    shift = shift_for(today)
    late = [line for line in tickets() if line.recorded_on != line.sold_on]
    assert 0.025 < len(late) / len(tickets()) < 0.04
    for line in late:
        sold, recorded = shift.ticket_day(line.sold_on), shift.ticket_day(line.recorded_on)
        assert 6 <= (recorded - sold).days <= 40
        assert quarter_start(sold) == quarter_start(recorded)


def test_every_shop_has_two_to_five_sellers_and_nobody_two_accounts() -> None:
    everyone = people(shift_for(TODAY))
    sellers = Counter(person.partner for person in everyone if person.role == "seller")
    assert len(sellers) == 489
    assert all(2 <= count <= 5 for count in sellers.values())
    assert len({person.email for person in everyone}) == len(everyone)


def test_the_cast_is_complete_and_comes_first() -> None:
    cast = [person for person in people(shift_for(TODAY)) if person.cast]
    assert people(shift_for(TODAY))[: len(cast)] == cast
    assert [person.email.split("@")[0] for person in cast] == [
        "admin", "manager", "manager2", "finance", "finance2", "auditor", "partner", "seller", "rival",
    ]  # fmt: skip
    assert {p.email: p.partner for p in cast if p.partner} == {
        "partner@demo.example": ANA_SHOP, ANA: ANA_SHOP, RIVAL: RIVAL_SHOP,
    }  # fmt: skip


def test_sellers_of_the_sprint_may_be_paid_and_some_employers_say_no() -> None:
    answers = {answer.partner: answer.answer for answer in spif_answers(shift_for(TODAY))}
    assert set(answers.values()) == {"allowed", "to_company", "forbidden"}
    assert {answers[line.partner] for line in sprint_tickets(TODAY)} == {"allowed"}


def test_ten_distributors_supply_one_to_three_territories_and_own_nobody() -> None:
    channel = DemoChannel(TODAY)
    supplied: dict[str, set[str]] = defaultdict(set)
    for supply in channel.supplies():
        supplied[supply.distributor].add(partner_by_code()[supply.partner]["territory"])
    assert supplied == {code: set(territories) for code, _, territories, _, _ in DISTRIBUTORS}
    assert all(1 <= len(territories) <= 3 for territories in supplied.values())
    assert len(distributor_rows()) == 10
    assert {row["parent"] for row in channel.partners()} == {"", ANA_SHOP}
    through = channel.lines.filter(pl.col("flow") == "sell_through")
    assert set(through["distributor"].unique()) == set(supplied)
    pairs = {(supply.distributor, supply.partner) for supply in channel.supplies()}
    assert set(through.select("distributor", "partner").unique().rows()) <= pairs


def test_the_planted_truth_names_lines_that_exist_and_pay_nobody() -> None:
    lines = DemoChannel(TODAY).lines
    cases = truth()
    assert Counter(case.kind for case in cases if case.kind != "lift") == {
        "burst": 3,
        "more_than_bought": 3,
        "round_trip": 3,
    }
    for case in cases:
        found = lines.filter((pl.col("source") == "pos") & pl.col("external_id").is_in(case.external_ids))
        assert found.height == len(case.external_ids)
        assert not set(found["sku"]) & set(SPRINT_SKUS)
        assert {category_by_sku()[sku] for sku in found["sku"]}.isdisjoint(SPIF_GROUPS)


def test_lifted_shops_sell_a_greater_part_of_their_vests() -> None:
    def part_sold(lifted: bool) -> float:
        vests = [
            p
            for p in purchases()
            if category_by_sku()[p.sku] == "Clothing / Vests" and date(2013, 7, 1) <= p.bought_on < date(2013, 10, 1)
        ]
        bought = sum(p.quantity for p in vests if is_lifted(p.shop) == lifted)
        keys = {(p.shop, p.sku) for p in vests if is_lifted(p.shop) == lifted}
        days = (date(2013, 7, 20), date(2013, 12, 20))
        sold = sum(
            t.quantity
            for t in tickets()
            if (t.partner, t.sku) in keys and days[0] <= t.sold_on <= days[1] and not t.returns
        )
        return sold / bought

    assert part_sold(True) > part_sold(False)


def test_tiers_follow_the_four_quarters_before_each_quarter() -> None:
    moved = tier_rows(shift_for(TODAY))
    own = [row for row in moved if row["partner"] == ANA_SHOP]
    assert own[-1]["tier"] == "gold" == tier_of(258_125_94)
    assert tier_of(300_000_00) == "platinum"
    assert tier_of(0) == "registered"
    assert {row["valid_from"] for row in moved} <= {
        date(2026, 1, 1),
        date(2026, 4, 1),
        date(2026, 7, 1),
        date(2026, 10, 1),
    }
    assert {row["tier"] for row in moved} == {tier["code"] for tier in catalog("tiers")["tiers"]}


def test_lines_go_into_the_import_format_with_major_amounts() -> None:
    text = import_csv(DemoChannel(TODAY).lines.filter(pl.col("external_id") == "SO61195-19"))
    assert text.splitlines() == [
        ",".join(IMPORT_COLUMNS),
        "SO61195-19,AW00000290,RA-H123,3,,216.00,USD,2026-09-09,SO61195,,,,sell_in,,,",
    ]


@pytest.mark.parametrize("today", DAYS)
def test_the_late_file_holds_one_new_one_same_one_conflict_and_one_unknown_sku(today: date) -> None:
    journal = {
        row["external_id"]: row
        for row in DemoChannel(today).known_lines().filter(pl.col("source") == "erp").rows(named=True)
    }
    header, new, same, conflict, unknown = (line.split(",") for line in late_csv(shift_for(today)).splitlines())
    fields = dict(zip(header, new, strict=True))
    assert fields["external_id"] not in journal
    assert (fields["returns"], fields["quantity"], fields["amount"]) == ("SO61195-19", "-3", "-216.00")
    assert journal["SO61195-19"]["sold_on"].isoformat() < fields["sold_on"] < quarter_start(today).isoformat()
    known = dict(zip(header, same, strict=True))
    old = journal[known["external_id"]]
    assert (known["sold_on"], known["quantity"], known["sku"]) == (
        old["sold_on"].isoformat(),
        str(old["quantity"]),
        old["sku"],
    )
    assert int(known["amount"].replace(".", "")) == old["amount"]
    other = dict(zip(header, conflict, strict=True))
    assert int(other["quantity"]) != journal[other["external_id"]]["quantity"]
    assert dict(zip(header, unknown, strict=True))["sku"] not in {row["sku"] for row in rows("products.csv")}
