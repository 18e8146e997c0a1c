"""The journal and its companions as columns for the engine: no object a line, a million lines in under a second."""

# ruff: noqa: S608 - every value written into these statements is an integer or a datetime formatted here

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence

import polars as pl
from sqlalchemy import text

from portal.core import db
from portal.core.clock import day_number
from portal.core.columns import begin_parts, read_frame
from portal.partners.mergers.queries import read_moves
from portal.partners.mergers.rules import with_moves

I64, TEXT = pl.Int64(), pl.String()
LARGE = 250_000
FEW = 1_000
STRETCHES = 8  # of a large journal, read by two at the same time
OF_SELLERS, OF_SALE = ("seller_id", "returns_line_id"), ("sold_day",)  # what not every program looks at
_LINES = {
    "line_id": ("l.id", I64),
    "batch_id": ("l.batch_id", I64),
    "flow": ("l.flow", TEXT),
    "partner_id": ("l.partner_id", I64),
    "seller_id": ("l.seller_id", I64),
    "product_id": ("l.product_id", I64),
    "quantity": ("l.quantity", I64),
    "amount": ("l.amount", I64),
    "currency": ("l.currency", TEXT),
    "sold_day": ("l.sold_on", I64),
    "origin_day": ("l.origin_on", I64),
    "returns_line_id": ("COALESCE(l.returns_line_id, l.reverses_line_id)", I64),
}
_NAMES = {
    "external_id": ("l.external_id", TEXT),
    "invoice_no": ("COALESCE(l.invoice_no, '')", TEXT),
    "end_customer": ("COALESCE(l.end_customer, '')", TEXT),
    "distributor_id": ("l.distributor_id", I64),
}


def read_sales_frame(
    as_of: dt.datetime | None = None,
    *,
    partner_ids: Collection[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    names: bool = False,
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Every counted line known at `as_of` (now), in the columns of `portal.engine.frames.SALES`.

    Outside a transaction it reads what is committed over a connection of its own; inside one it reads over the
    transaction's connection and so sees its unconfirmed work. `names` adds external_id, invoice_no, end_customer and
    distributor_id; `without` names columns (OF_SELLERS, OF_SALE) that nobody will look at, see `counted_lines`.
    `since` and `until` keep lines whose own day or origin day lies in [since, until). Amounts are minor units.
    """
    return begin_sales_frame(as_of, partner_ids=partner_ids, since=since, until=until, names=names, without=without)()


def begin_sales_frame(
    as_of: dt.datetime | None = None,
    *,
    partner_ids: Collection[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    names: bool = False,
    without: Collection[str] = (),
) -> Callable[[], pl.DataFrame]:
    """The same, begun now and waited for when the answer is called; what is read after this call fits its lines."""
    batches = read_batches(as_of)  # before the lines, so that all lines of a batch known here are there
    highest = None if partner_ids is not None else _highest()
    if highest is None:
        query, kinds = lines_query(names=names, without=without)
        lines = read_frame(query + _where(partner_ids, since, until), kinds, few=partner_ids is not None)
        return lambda: counted_lines(lines, batches, as_of, names=names, few=partner_ids is not None, without=without)
    queries, kinds = lines_queries(highest, names=names, without=without, since=since, until=until)
    begun = begin_parts(queries, kinds)
    return lambda: counted_lines(begun(), batches, as_of, names=names, without=without)


def lines_query(*, names: bool, without: Collection[str] = ()) -> tuple[str, dict[str, pl.DataType]]:
    """The statement that reads every line ever written, and the columns it gives; as in read_sales_frame."""
    columns = {name: one for name, one in (_LINES | (_NAMES if names else {})).items() if name not in without}
    listed = ", ".join(f"{source} AS {name}" for name, (source, _) in columns.items())
    return f"SELECT {listed} FROM sale_line l", {name: kind for name, (_, kind) in columns.items()}


def lines_queries(
    highest: int,
    *,
    names: bool,
    without: Collection[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> tuple[list[str], dict[str, pl.DataType]]:
    """Two statements that together read every line up to an id or later: each takes every other stretch of ids.

    So neither is done long before the other where only some days are asked for.
    """
    query, kinds = lines_query(names=names, without=without)
    query += _where(None, since, until) or " WHERE 1 = 1"
    edges = [highest * at // STRETCHES for at in range(1, STRETCHES)]
    below = [*(f" AND l.id <= {edge}" for edge in edges), ""]
    above = ["", *(f" AND l.id > {edge}" for edge in edges)]
    parts = [f"{query}{low}{high}" for low, high in zip(above, below, strict=True)]
    return [" UNION ALL ".join(parts[first::2]) for first in (0, 1)], kinds


def counted_lines(
    lines: pl.DataFrame,
    batches: pl.DataFrame,
    as_of: dt.datetime | None,
    *,
    names: bool,
    few: bool = False,
    without: Collection[str] = (),
) -> pl.DataFrame:
    """What counts among lines just read: of these batches, confirmed once, with seller and partner it counts for.

    Of what it is `without`, sellers and lines taken back are null, and the day of sale is that of origin.
    """
    frame = _of_batches(lines, batches).with_columns(_unseen(without))
    named = _named(frame) if few else None
    frame = _without_confirming_lines(frame, as_of, named)
    if "seller_id" not in without:
        frame = _with_credited_seller(frame, as_of, named)
    frame = with_moves(frame, read_moves(as_of))  # a line counts for the partner its shop was merged into
    if names:
        frame = frame.with_columns(pl.col("invoice_no", "end_customer").replace("", None))
    return frame


def _of_batches(lines: pl.DataFrame, batches: pl.DataFrame) -> pl.DataFrame:
    """The lines of these batches, with what is known of the batch; nearly always all lines, which are not moved."""
    known = lines.join(batches, on="batch_id", how="left", maintain_order="left").drop("batch_id")
    return known.filter(pl.col("batch_seq").is_not_null()) if known["batch_seq"].null_count() else known


def _unseen(without: Collection[str]) -> Iterable[pl.Expr]:
    for name in without:
        yield (pl.col("origin_day") if name in OF_SALE else pl.lit(None, I64)).alias(name)


def _highest() -> int | None:
    """The last line of a large journal, whose stretches are read at the same time; None while it is small."""
    if db.in_transaction():
        return None
    with db.engine().connect() as connection:
        highest: int = connection.scalar(text("SELECT max(id) FROM sale_line")) or 0
    return highest if highest > LARGE else None


def _where(partner_ids: Collection[int] | None, since: dt.date | None, until: dt.date | None) -> str:
    clauses = []
    if partner_ids is not None:
        listed = ", ".join(str(int(number)) for number in sorted(partner_ids)) or "NULL"
        clauses.append(f"l.partner_id IN ({listed})")
    if since is not None:
        clauses.append(f"(l.sold_on >= {day_number(since)} OR l.origin_on >= {day_number(since)})")
    if until is not None:
        clauses.append(f"(l.sold_on < {day_number(until)} OR l.origin_on < {day_number(until)})")
    return f" WHERE {' AND '.join(clauses)}" if clauses else ""


def read_batches(as_of: dt.datetime | None = None, *, batch_ids: Collection[int] | None = None) -> pl.DataFrame:
    """The confirmed batches known at `as_of` (those of these ids): batch_id, batch_seq, source."""
    known = known_condition("recorded_at", as_of) + among("id", batch_ids)
    query = f"SELECT id, seq, source FROM journal_batch WHERE state = 'confirmed' AND {known}"
    return read_frame(query, {"batch_id": I64, "batch_seq": I64, "source": TEXT}, few=True)


def among(column: str, numbers: Collection[int] | None) -> str:
    """The further SQL condition that a column holds one of these ids; nothing where no ids are given."""
    if numbers is None:
        return ""
    return f" AND {column} IN ({', '.join(map(str, map(int, numbers))) or 'NULL'})"


def _named(frame: pl.DataFrame) -> set[int]:
    """The lines of a frame and those that they take back."""
    return {*frame["line_id"].to_list(), *frame["returns_line_id"].drop_nulls().to_list()}


def _of_lines(query: str, column: str, kinds: dict[str, pl.DataType], line_ids: Collection[int] | None) -> pl.DataFrame:
    """What a query says of these lines (of all, without ids); where it says little it is asked for all of it."""
    if line_ids is None:
        return read_frame(query, kinds)
    little = read_frame(f"{query} LIMIT {FEW + 1}", kinds, few=True)
    return little if little.height <= FEW else read_frame(query + among(column, line_ids), kinds, few=True)


def _without_confirming_lines(
    frame: pl.DataFrame, as_of: dt.datetime | None, line_ids: Collection[int] | None = None
) -> pl.DataFrame:
    """A POS line that confirms a claim's line does not count, unless the claim's line was reversed."""
    query = f"SELECT line_id, confirmed_by_line_id FROM line_match WHERE {known_condition('recorded_at', as_of)}"
    matches = _of_lines(query, "confirmed_by_line_id", {"line_id": I64, "confirmed_by": I64}, line_ids)
    if matches.is_empty():
        return frame
    query = (
        "SELECT l.reverses_line_id, b.seq FROM sale_line l JOIN journal_batch b ON b.id = l.batch_id "
        f"WHERE l.reverses_line_id IS NOT NULL AND b.state = 'confirmed' AND {known_condition('b.recorded_at', as_of)}"
    )
    query += "" if line_ids is None else among("l.reverses_line_id", matches["line_id"].to_list())
    reversals = read_frame(query, {"line_id": I64, "seq": I64})
    standing = matches.join(reversals, on="line_id", how="anti")
    return frame.join(standing, left_on="line_id", right_on="confirmed_by", how="anti", maintain_order="left")


def _with_credited_seller(
    frame: pl.DataFrame, as_of: dt.datetime | None, line_ids: Collection[int] | None = None
) -> pl.DataFrame:
    """The newest credit names the seller, of a line and of what takes it back."""
    query = f"SELECT line_id, seller_id, seq FROM sale_credit WHERE {known_condition('recorded_at', as_of)}"
    known = _of_lines(query, "line_id", {"credited_line": I64, "credited": I64, "seq": I64}, line_ids)
    if known.is_empty():
        return frame
    newest = known.sort("seq").unique("credited_line", keep="last").select("credited_line", "credited", found=True)
    target = pl.coalesce("returns_line_id", "line_id").alias("credited_line")
    joined = frame.with_columns(target).join(newest, on="credited_line", how="left", maintain_order="left")
    seller = pl.when("found").then("credited").otherwise("seller_id").alias("seller_id")
    return joined.with_columns(seller).drop("credited_line", "credited", "found")


def read_products_frame(product_ids: Collection[int] | None = None) -> pl.DataFrame:
    """All products (or those named): product_id, sku, name, category, tags."""
    query = f"SELECT id, sku, name, category, tags FROM product WHERE id IS NOT NULL{among('id', product_ids)}"
    return read_frame(query, {"product_id": I64, "sku": TEXT, "name": TEXT, "category": TEXT, "tags": TEXT}, few=True)


def read_prices_frame(as_of: dt.datetime | None = None, product_ids: Collection[int] | None = None) -> pl.DataFrame:
    """Dated costs and list prices known at `as_of`, the newest for each day (minor units of `currency`)."""
    query = (
        "SELECT product_id, valid_from, cost, list_price, currency, seq FROM product_price "
        f"WHERE {known_condition('recorded_at', as_of)}{among('product_id', product_ids)}"
    )
    kinds = {"product_id": I64, "valid_from": I64, "cost": I64, "list_price": I64, "currency": TEXT, "seq": I64}
    return _newest(read_frame(query, kinds, few=True), "product_id", "valid_from")


def read_rates_frame(as_of: dt.datetime | None = None) -> pl.DataFrame:
    """Exchange rates known at `as_of`, the newest for each day: currency, base, valid_from, rate (x 10^10)."""
    query = f"SELECT currency, base, valid_from, rate, seq FROM fx_rate WHERE {known_condition('recorded_at', as_of)}"
    kinds = {"currency": TEXT, "base": TEXT, "valid_from": I64, "rate": I64, "seq": I64}
    return _newest(read_frame(query, kinds, few=True), "currency", "base", "valid_from")


def _newest(frame: pl.DataFrame, *key: str) -> pl.DataFrame:
    if frame.is_empty():
        return frame.drop("seq")
    return frame.sort(*key, "seq").unique(list(key), keep="last", maintain_order=True).drop("seq")


def known_condition(column: str, as_of: dt.datetime | None) -> str:
    """The SQL condition that a fact had been recorded; the literal is made from a datetime, never from text."""
    if as_of is None:
        return f"{column} IS NOT NULL"
    utc = as_of.astimezone(dt.UTC)
    if db.is_postgresql():
        return f"{column} <= TIMESTAMPTZ '{utc.isoformat()}'"
    return f"{column} <= '{utc:%Y-%m-%d %H:%M:%S.%f}'"


def read_partner_sales(
    partner_ids: Collection[int], days: Sequence[tuple[int, int]], *, names: bool = False
) -> pl.DataFrame:
    """What `read_sales_frame` tells now of some partners and stretches of days [from, until).

    Lines of other partners and other days are not touched, so that it takes no longer on a larger journal.
    """
    sold, moved = _of_partners(partner_ids, days)
    elsewhere = " AND ".join(f"NOT (l.sold_on >= {int(start)} AND l.sold_on < {int(end)})" for start, end in days)
    return _known_lines([*sold, *(f"{one} AND {elsewhere}" for one in moved)], names=names)


def read_sold_products(partner_ids: Collection[int], days: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """Which products these partners sold on which days of these stretches, as an index alone knows it.

    Shapes: line_id, partner_id, product_id, day; a line that belongs to another day than its own has a row more,
    without a day.
    """
    sold, moved = _of_partners(partner_ids, days)
    parts = [(one, "l.sold_on") for one in sold] + [(one, "NULL") for one in moved]
    kinds = dict.fromkeys(("line_id", "partner_id", "product_id", "day"), I64)
    query = (f"SELECT l.id, l.partner_id, l.product_id, {day} FROM sale_line l WHERE {one}" for one, day in parts)
    return read_frame(" UNION ALL ".join(query), kinds, few=True)


def read_named_sales(line_ids: Collection[int], *, names: bool = False) -> pl.DataFrame:
    """What `read_sales_frame` tells now of these lines."""
    return _known_lines([f"l.id IN ({', '.join(map(str, sorted(line_ids))) or 'NULL'})"], names=names)


def _of_partners(partner_ids: Collection[int], days: Sequence[tuple[int, int]]) -> tuple[list[str], list[str]]:
    """Conditions for the lines sold in each stretch, and for those that belong to it although sold on another day."""
    mine = among("l.partner_id", partner_ids)
    sold = [f"l.sold_on >= {int(start)} AND l.sold_on < {int(end)}{mine}" for start, end in days]
    moved = [
        f"l.origin_on <> l.sold_on AND l.origin_on >= {int(start)} AND l.origin_on < {int(end)}{mine}"
        for start, end in days
    ]
    return sold, moved


def _known_lines(conditions: Sequence[str], *, names: bool) -> pl.DataFrame:
    """The counted lines of these conditions, which no line may meet twice."""
    query, kinds = lines_query(names=names)
    lines = read_frame(" UNION ALL ".join(f"{query} WHERE {one}" for one in conditions), kinds, few=True)
    batches = read_batches(batch_ids=lines["batch_id"].unique().to_list())
    return counted_lines(lines, batches, None, names=names, few=True)
