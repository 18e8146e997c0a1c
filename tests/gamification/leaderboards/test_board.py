"""The board over the journal: exact, cheap, and names by consent only."""

import datetime as dt

from portal.core import clock
from portal.core.db import session, transaction
from portal.gamification.campaigns import list_campaigns
from portal.gamification.leaderboards.pages import BoardPage, board_page
from portal.gamification.leaderboards.queries import campaign_board, quarter_board, read_board
from portal.gamification.leaderboards.services import set_consent
from portal.partners.access.queries import make_viewer
from portal.partners.mergers.services import record_merger
from portal.partners.people.models import Person
from portal.sales.journal.corrections import reverse_line
from portal.sales.journal.matching import credit_seller
from portal.sales.journal.models import SaleLine
from tests.gamification.field import Field, consent, run_the_sprint
from tests.people import fresh
from tests.rewards.counting import counted_statements


def seen_by(person: Person, **asked: str) -> BoardPage:
    """The board as a person sees it."""
    session.rollback()
    return board_page(make_viewer(person), clock.today(), **asked)  # type: ignore[arg-type]


def rows(page: BoardPage) -> list[tuple[int, str, int]]:
    """Rank, name and score of the rows shown."""
    return [(row.rank, "You" if row.you else row.name, row.score) for row in page.rows]


def test_ana_is_fourth_in_her_territory_with_two_above_and_two_below(field: Field) -> None:
    run_the_sprint(field)
    consent(*field.sellers.values())
    page = seen_by(field.ana)
    assert page.board.name == "Helmet sprint"
    assert page.where == "Northwest"
    assert rows(page) == [
        (2, "S. Haddad", 31), (3, "J. Okafor", 25), (4, "You", 22), (5, "M. Lindqvist", 19), (6, "T. Baker", 7),
    ]  # fmt: skip
    assert page.hint == "4 more take you to rank 3"
    assert page.above == "1 more seller, with 34"


def test_four_more_helmets_take_her_to_rank_three(field: Field) -> None:
    run_the_sprint(field)
    field.sold(field.ana, 4, sku="HL-2", day="2026-08-14")
    page = seen_by(field.ana)
    assert page.mine is not None
    assert (page.mine.rank, page.mine.score) == (3, 26)
    assert page.hint == "6 more take you to rank 2"


def test_other_products_days_and_flows_do_not_count(field: Field) -> None:
    field.sold(field.ana, 5)
    field.sold(field.ana, 9, sku="WB-1")
    field.sold(field.ana, 9, day="2026-07-17")
    field.sold(field.ana, 9, day="2026-08-29")
    assert rows(seen_by(field.ana)) == [(1, "You", 5)]


def test_returns_are_taken_off_in_the_period_of_their_sale(field: Field) -> None:
    line = field.sold(field.ana, 5)
    field.sold(field.ana, -2, day="2026-08-10", returns=line, origin="2026-08-01")
    assert rows(seen_by(field.ana)) == [(1, "You", 3)]


def test_a_reversed_line_counts_no_more(field: Field) -> None:
    field.sold(field.ana, 5)
    line = field.sold(field.ana, 3)
    with transaction():
        reverse_line(session.get_one(SaleLine, line), reason="Typed twice.", by=field.channel.manager)
    assert rows(seen_by(field.ana)) == [(1, "You", 5)]


def test_the_newest_credit_decides_whose_sale_it_is(field: Field) -> None:
    line = field.sold(field.sellers["Baker"], 5)
    with transaction():
        credit_seller(session.get_one(SaleLine, line), field.ana.id, 1)
    assert rows(seen_by(field.ana)) == [(1, "You", 5)]


def test_the_name_of_another_shops_seller_is_shown_by_consent_only(field: Field) -> None:
    run_the_sprint(field)
    assert [row.name for row in seen_by(field.ana).rows if not row.you] == [
        "A seller in Northwest", "A seller in Northwest", "A seller in Northwest", "T. Baker",
    ]  # fmt: skip
    assert all(row.hint == "" for row in seen_by(field.ana).rows if row.name.startswith("A seller"))
    consent(field.sellers["Okafor"])
    assert "J. Okafor" in [row.name for row in seen_by(field.ana).rows]
    with transaction():
        set_consent(field.sellers["Okafor"].id, False)
    assert "J. Okafor" not in [row.name for row in seen_by(field.ana).rows]


def test_the_vendor_sees_names_and_all_regions(field: Field) -> None:
    run_the_sprint(field)
    page = board_page(field.channel.manager, clock.today())
    assert (page.where, page.total) == ("All regions", 7)
    assert [row.name for row in page.rows][:2] == ["D. Dune", "P. Novak"]


def test_the_shop_and_all_regions_are_boards_of_their_own(field: Field) -> None:
    run_the_sprint(field)
    assert [row[::2] for row in rows(seen_by(field.ana, scope="shop"))] == [(1, 22), (2, 7)]
    assert seen_by(field.ana, scope="all").rows[0].score == 40


def test_the_quarter_compares_revenue_in_one_currency(field: Field) -> None:
    field.sold(field.ana, 2, sku="JE-1", day="2026-07-02")
    field.sold(field.ana, 2, sku="JE-1", day="2026-06-30")
    page = seen_by(field.ana, code="quarter")
    assert page.board.currency == "USD"
    assert page.rows[0].score == 7000
    assert page.hint == "You lead by 70.00"


def test_quarters_begin_and_end_where_they_should() -> None:
    for month, until in ((1, (2026, 4)), (5, (2026, 7)), (9, (2026, 10)), (12, (2027, 1))):
        board = quarter_board(clock.today().replace(month=month), "USD")
        assert (board.until.year, board.until.month) == until
        assert board.since.month == (month - 1) // 3 * 3 + 1


def test_a_board_is_one_statement_however_many_sell(field: Field) -> None:
    run_the_sprint(field)
    sprint = next(one for one in list_campaigns() if one.code == "helmet-sprint")
    with counted_statements() as sent:
        assert len(read_board(campaign_board(sprint))) == 7
    assert len(sent) == 1


def test_a_merged_shop_stands_on_the_joint_board_from_its_day_on(field: Field) -> None:
    novak, dune = field.sellers["Novak"], field.sellers["Dune"]
    field.sold(field.ana, 4)
    field.sold(novak, 9, day="2026-07-20")
    field.sold(novak, 5, day="2026-08-01")
    field.sold(dune, 3, day="2026-08-02")
    into = fresh(field.channel.shop)
    with transaction():
        for name, seller in (("harbor", None), ("desert", dune)):
            record_merger(
                fresh(field.shops[name]), fresh(into), valid_from=dt.date(2026, 8, 1), reason="one owner",
                by=field.channel.manager, sellers=[fresh(seller)] if seller else [],
            )  # fmt: skip
    board = campaign_board(next(one for one in list_campaigns() if one.code == "helmet-sprint"))

    def scores(**where: int | None) -> dict[int, int]:
        return {row.person_id: row.score for row in read_board(board, **where)}

    assert scores(partner_id=into.id) == {field.ana.id: 4, novak.id: 5, dune.id: 3}
    assert scores(partner_id=field.shops["harbor"].id) == {novak.id: 9}
    assert scores(territory_id=into.territory_id)[dune.id] == 3
    assert scores(partner_id=field.shops["desert"].id) == {}
