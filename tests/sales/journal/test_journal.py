"""The journal: batches, corrections, and a claim and a feed that describe one sale."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict, NotFound
from portal.core.events import OutboxRow
from portal.sales.errors import BatchClosed, LineTaken
from portal.sales.journal import queries
from portal.sales.journal.corrections import correct_line, reverse_line
from portal.sales.journal.frames import read_sales_frame
from portal.sales.journal.matching import credit_seller, withdraw_credit
from portal.sales.journal.models import BatchKind, LineMatch, SaleLine
from portal.sales.journal.queries import LineFilter, find_matching_line, get_line, list_lines
from portal.sales.journal.rules import Figures, correction_fault
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, discard_batch, open_batch
from portal.sales.products.queries import find_product
from tests.people import Cast, viewer_of
from tests.sales.conftest import DAY


def new(cast: Cast, key: str, quantity: int = 1, **values: object) -> NewLine:
    """A helmet sold by the cast's shop."""
    helmet = find_product("HL-U509")
    assert helmet is not None
    given = {"flow": "sell_out", "invoice_no": "FB-1042", "sold_on": DAY} | values
    return NewLine(key, cast.shop.id, helmet.id, quantity, 3499 * quantity, "USD", **given)  # type: ignore[arg-type]


def post(*rows: NewLine, source: str = "pos", kind: str = BatchKind.FEED) -> list[SaleLine]:
    """Rows that count at once."""
    with transaction():
        batch = open_batch(source, kind)
        lines = add_lines(batch, rows)
        confirm_batch(batch)
    return lines


def test_lines_count_once_their_batch_is_confirmed_and_say_so(cast: Cast) -> None:
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, [new(cast, "A")])
    assert read_sales_frame().is_empty()
    with transaction():
        seq = confirm_batch(session.merge(batch))
    assert read_sales_frame()["batch_seq"].to_list() == [seq]
    facts = session.scalars(select(OutboxRow.payload).where(OutboxRow.fact == "JournalBatchConfirmed")).all()
    assert f'"partner_ids":[{cast.shop.id}]' in facts[-1]


def test_a_closed_batch_takes_nothing_more(cast: Cast) -> None:
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        confirm_batch(batch)
        with pytest.raises(BatchClosed):
            add_lines(batch, [new(cast, "A")])
        with pytest.raises(BatchClosed):
            discard_batch(batch)


def test_the_database_refuses_to_change_or_delete_a_confirmed_line(cast: Cast) -> None:
    (line,) = post(new(cast, "A"))
    for statement in (update(SaleLine).values(quantity=9), delete(SaleLine).where(SaleLine.id == line.id)):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            session.execute(statement)


def test_rows_of_a_never_confirmed_batch_may_go(cast: Cast) -> None:
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, [new(cast, "A"), new(cast, "B")])
        assert discard_batch(batch) == 2
    assert session.scalar(text("SELECT count(*) FROM sale_line")) == 0


def test_the_same_row_again_is_returned_and_another_content_refused(cast: Cast) -> None:
    (first,) = post(new(cast, "A"))
    (again,) = post(new(cast, "A"))
    assert again.id == first.id
    with pytest.raises(Conflict, match="already in the journal with another quantity, amount"):
        post(new(cast, "A", 2))


def test_an_earlier_as_of_does_not_know_what_came_later(cast: Cast) -> None:
    with clock.frozen("2026-04-01T12:00:00+00:00"):
        post(new(cast, "A"))
    with clock.frozen("2026-04-02T12:00:00+00:00"):
        (late,) = post(new(cast, "B"), source="erp")
        with transaction():
            credit_seller(get_line(viewer_of(cast.channel_manager), late.id), cast.seller.id, 5)
    as_of = dt.datetime(2026, 4, 1, 18, tzinfo=dt.UTC)
    assert read_sales_frame(as_of, names=True)["external_id"].to_list() == ["A"]
    assert read_sales_frame(as_of, partner_ids=[cast.rival_shop.id]).is_empty()
    assert read_sales_frame(since=DAY, until=DAY + dt.timedelta(days=1)).height == 2
    assert read_sales_frame(since=DAY + dt.timedelta(days=1)).is_empty()


def test_a_reversal_cancels_a_line_on_its_own_day(cast: Cast) -> None:
    (line,) = post(new(cast, "A", 3, serial_no=None))
    manager = viewer_of(cast.channel_manager)
    with transaction():
        reverse_line(get_line(manager, line.id), by=manager, reason="Typed twice")
    frame = read_sales_frame()
    assert (frame["quantity"].sum(), frame["amount"].sum(), frame["origin_day"].n_unique()) == (0, 0, 1)
    assert len(queries.list_linked(manager, line)) == 1
    with transaction(), pytest.raises(LineTaken, match="reversed already"):
        reverse_line(get_line(manager, line.id), by=manager, reason="Again")
    reversal = queries.find_line("pos", "A~x1")
    assert reversal is not None
    with transaction(), pytest.raises(LineTaken, match="cannot be reversed"):
        reverse_line(reversal, by=manager, reason="Back")


def test_a_line_with_returns_is_not_reversed(cast: Cast) -> None:
    (line,) = post(new(cast, "A", 3))
    post(new(cast, "R", -1, returns_line_id=line.id))
    assert queries.taken_back(line.id) == -1
    manager = viewer_of(cast.channel_manager)
    with transaction(), pytest.raises(LineTaken, match="has returns"):
        reverse_line(get_line(manager, line.id), by=manager, reason="Wrong")


def test_corrections_are_numbered_and_linked(cast: Cast) -> None:
    (line,) = post(new(cast, "A", 3))
    manager = viewer_of(cast.channel_manager)
    with transaction():
        two = Figures(2, 6998, line.sold_on)
        second = correct_line(get_line(manager, line.id), two, by=manager, reason="Two, not three")
    with transaction():
        one = Figures(1, 3499, line.sold_on)
        third = correct_line(get_line(manager, second.id), one, by=manager, reason="One")
    assert (second.external_id, third.external_id, third.corrects_line_id) == ("A~r2", "A~r3", second.id)
    assert read_sales_frame()["quantity"].sum() == 1


@pytest.mark.parametrize(
    ("now", "field"),
    [
        (Figures(3, 10497, DAY), "quantity"), (Figures(0, 0, DAY), "quantity"), (Figures(-3, -10497, DAY), "quantity"),
        (Figures(2, -6998, DAY), "amount"), (Figures(2, 6998, dt.date(9999, 1, 1)), "sold_on"),
    ],
)  # fmt: skip
def test_what_cannot_replace_a_line_is_refused_at_its_field(now: Figures, field: str) -> None:
    assert correction_fault(Figures(3, 10497, DAY), now, dt.date(2026, 11, 16))[0] == field


def test_a_line_on_which_a_claim_stands_is_not_corrected(cast: Cast) -> None:
    manager = viewer_of(cast.channel_manager)
    with transaction(), pytest.raises(LineTaken, match="A claim stands on this line"):
        correct_line(get_line(manager, claim_line(cast).id), Figures(2, 6998, DAY), by=manager, reason="Two")


def claim_line(cast: Cast) -> SaleLine:
    """What an approved claim writes when the sale is not in the journal."""
    (line,) = post(new(cast, "C-1-1", 3, seller_id=cast.seller.id, invoice_no="fb 1042"), source="claims",
                   kind=BatchKind.CLAIM)  # fmt: skip
    return line


def by_seller() -> dict[int | None, int]:
    """Units a seller is credited with."""
    frame = read_sales_frame().group_by("seller_id").agg(units="quantity")
    return {seller: sum(units) for seller, units in frame.iter_rows()}


def test_claim_then_feed_and_feed_then_claim_give_the_same(cast: Cast) -> None:
    claimed = claim_line(cast)
    (confirming,) = post(new(cast, "POS-1", 3, sold_on=DAY + dt.timedelta(days=5)))
    claim_first = by_seller()
    match = session.scalars(select(LineMatch)).one()
    assert (match.line_id, match.confirmed_by_line_id) == (claimed.id, confirming.id)
    helmet = claimed.product_id
    (feed,) = post(new(cast, "POS-2", 3, invoice_no="FB-2000"))
    found = find_matching_line(cast.shop.id, helmet, "fb2000", None, DAY + dt.timedelta(days=7), 3)
    assert found is not None
    assert found.id == feed.id
    with transaction():
        credit_seller(session.get_one(SaleLine, feed.id), cast.seller.id, 12)
    assert claim_first == {cast.seller.id: 3}
    assert by_seller() == {cast.seller.id: 6}
    assert find_matching_line(cast.shop.id, helmet, "FB-2000", None, DAY) is None


def test_what_is_too_late_or_another_serial_is_no_match(cast: Cast) -> None:
    helmet = claim_line(cast).product_id
    post(new(cast, "LATE", 3, sold_on=DAY + dt.timedelta(days=8)), new(cast, "IN", 3, flow="sell_in"))
    assert session.scalars(select(LineMatch)).all() == []
    post(new(cast, "S", 1, invoice_no="FB-9", serial_no="S1"))
    assert find_matching_line(cast.shop.id, helmet, "FB-9", "S2", DAY) is None
    found = find_matching_line(cast.shop.id, helmet, None, "s1", DAY)
    assert found is not None


def test_when_a_claims_line_is_reversed_the_feeds_line_counts_again(cast: Cast) -> None:
    claimed = claim_line(cast)
    post(new(cast, "POS-1", 3))
    assert read_sales_frame()["quantity"].sum() == 3
    manager = viewer_of(cast.channel_manager)
    with transaction():
        reverse_line(get_line(manager, claimed.id), by=manager, reason="Claim reversed")
    assert by_seller() == {cast.seller.id: 0, None: 3}


def test_a_return_follows_the_credit_of_its_line(cast: Cast) -> None:
    (line,) = post(new(cast, "A", 3))
    post(new(cast, "R", -1, returns_line_id=line.id))
    with transaction():
        credit_seller(session.get_one(SaleLine, line.id), cast.seller.id, 9)
    assert by_seller() == {cast.seller.id: 2}
    with transaction(), pytest.raises(LineTaken):
        credit_seller(session.get_one(SaleLine, line.id), cast.rival_seller.id, 10)
    with transaction():
        assert read_sales_frame()["quantity"].sum() == 2
        withdraw_credit(session.get_one(SaleLine, line.id))
        assert read_sales_frame()["seller_id"].to_list() == [None, None]
    assert queries.seller_of(line) is None
    returned = queries.find_line("pos", "R")
    assert returned is not None
    with transaction(), pytest.raises(Conflict):
        credit_seller(returned, cast.seller.id, 11)


def test_everybody_sees_only_lines_of_their_own(cast: Cast) -> None:
    (mine,) = post(new(cast, "A", distributor_id=cast.distributor.id))
    seen = {
        person.email: list_lines(viewer_of(person), LineFilter()).total
        for person in (cast.channel_manager, cast.partner_admin, cast.rival_admin, cast.distributor_admin)
    }
    assert list(seen.values()) == [1, 1, 0, 1]
    with pytest.raises(NotFound):
        get_line(viewer_of(cast.rival_admin), mine.id)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (LineFilter(q="fb-1042"), ["A"]),
        (LineFilter(q="S9"), ["B"]),
        (LineFilter(q="friendly"), ["B", "A"]),
        (LineFilter(flow="sell_in"), ["B"]),
        (LineFilter(sku="hl-u509", partner="AW00000290"), ["B", "A"]),
        (LineFilter(source="nobody"), []),
        (LineFilter(since=DAY + dt.timedelta(days=1)), ["B"]),
        (LineFilter(until=DAY + dt.timedelta(days=1)), ["A"]),
        (LineFilter(generated="yes"), ["B"]),
        (LineFilter(generated="no"), ["A"]),
    ],
)
def test_the_list_is_searched_and_narrowed(cast: Cast, wanted: LineFilter, keys: list[str]) -> None:
    post(new(cast, "A"), new(cast, "B", flow="sell_in", invoice_no="ZZ", serial_no="S9", generated=True,
                             sold_on=DAY + dt.timedelta(days=3)))  # fmt: skip
    manager = viewer_of(cast.channel_manager)
    for sort in queries.SORTABLE:
        found = list_lines(manager, wanted, sort=sort, descending=False)
        assert {row.line.external_id for row in found.rows} == set(keys)
    assert [row.line.external_id for row in list_lines(manager, wanted).rows] == keys
