"""Products from a file: new ones are added, changed prices are dated, another name or category is a conflict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.events import emit
from portal.core.money import known_currency, parse_minor
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.sales.products.events import PricesRecorded, ProductsTagged
from portal.sales.products.models import Product, ProductPrice
from portal.sales.products.services import add_price, insert_product
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("sku", "name", "currency")
OPTIONAL = ("category", "list_price", "cost", "from", "tags")
LONGEST = {"sku": 64, "name": 200, "category": 200, "tags": 400}
MOST_NAMED = 500
_Prices = dict[dt.date, tuple[int | None, int | None, str]]


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row: new, same, changed, conflict or error, with the complaints about it."""

    line: int
    outcome: str
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True)
class ParsedProduct:
    """A row whose cells are all well formed; prices in minor units."""

    line: int
    sku: str
    name: str
    category: str
    currency: str
    list_price: int | None
    cost: int | None
    valid_from: dt.date | None
    tags: str | None = None


@dataclass
class Catalog:
    """What is known while a file is read: products by SKU, the newest price of each day, keys of this file."""

    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: dict[str, Product] = field(default_factory=dict)
    prices: dict[str, _Prices] = field(default_factory=dict)
    seen: set[tuple[str, dt.date | None]] = field(default_factory=set)
    priced: dict[str, dt.date] = field(default_factory=dict)
    tagged: list[str] = field(default_factory=list)


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Bring products and dated prices in.

    Without `from` a new product's price holds always and a changed one from today on.
    """
    catalog = _read_catalog()
    seq = 0 if dry_run else next_seq()
    outcomes = [_import_row(line, row, catalog, seq) for line, row in rows]
    if seq and any(outcome.outcome in ("new", "changed") for outcome in outcomes):
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "changed", "same", "error")}
        label = f"Products from {source}"
        audit.record("product.imported", kind="import", id=source, label=label, actor=by, after=counts)
    if seq and catalog.tagged:
        emit(ProductsTagged(source))
    if seq and catalog.priced:
        _announce_prices(source, catalog)
    return outcomes


def _announce_prices(source: str, catalog: Catalog) -> None:
    """Tell that prices changed, so that what hangs on them is calculated again."""
    numbers = sorted(catalog.rows[sku].id for sku in catalog.priced)
    many = len(numbers) > MOST_NAMED
    first = clock.day_number(min(catalog.priced.values()))
    emit(PricesRecorded(source, [] if many else numbers, many, first))


def _read_catalog() -> Catalog:
    catalog = Catalog()
    by_id = {product.id: product for product in session.scalars(select(Product))}
    for product in by_id.values():
        catalog.rows[product.sku] = product
        catalog.products[product.sku] = (product.name, product.category)
    for price in session.scalars(select(ProductPrice).order_by(ProductPrice.seq, ProductPrice.id)):
        known = catalog.prices.setdefault(by_id[price.product_id].sku, {})
        known[price.valid_from] = (price.list_price, price.cost, price.currency)
    return catalog


def _import_row(line: int, row: Mapping[str, str], catalog: Catalog, seq: int) -> RowOutcome:
    parsed = parse_row(row, line)
    if not isinstance(parsed, ParsedProduct):
        return RowOutcome(line, "error", tuple(parsed))
    key = (parsed.sku, parsed.valid_from)
    if key in catalog.seen:
        sentence = "An earlier line of this file already prices this product from this day."
        return RowOutcome(line, "error", (RowError(line, "sku", parsed.sku, sentence),))
    catalog.seen.add(key)
    is_new = parsed.sku not in catalog.products
    known = catalog.products.setdefault(parsed.sku, (parsed.name, parsed.category))
    if known != (parsed.name, parsed.category):
        sentence = f"{parsed.sku} is known as “{known[0]}” in “{known[1]}”. The file says something else."
        return RowOutcome(line, "conflict", (RowError(line, "name", parsed.name, sentence),))
    if is_new and seq:
        catalog.rows[parsed.sku] = insert_product(parsed.sku, parsed.name, parsed.category, seq=seq)
    priced = _price(parsed, catalog, seq, is_new=is_new)
    tagged = _tag(parsed, catalog, seq)
    return RowOutcome(line, "new" if is_new else "changed" if tagged and priced == "same" else priced)


def _tag(parsed: ParsedProduct, catalog: Catalog, seq: int) -> bool:
    """Give a product the tags of its row; a file without the column says nothing about them."""
    product = catalog.rows.get(parsed.sku)
    if parsed.tags is None or (product.tags if product is not None else "") == parsed.tags:
        return False
    catalog.tagged.append(parsed.sku)
    if seq and product is not None:
        product.tags = parsed.tags
    return True


def _price(parsed: ParsedProduct, catalog: Catalog, seq: int, *, is_new: bool) -> str:
    """Add the row's price when it says something: new from its day, changed for a known day, or the same."""
    values = (parsed.list_price, parsed.cost, parsed.currency)
    known = catalog.prices.setdefault(parsed.sku, {})
    day = parsed.valid_from or (clock.FIRST_DAY if is_new else clock.today())
    if parsed.valid_from is None:
        before = max((start for start in known if start <= day), default=None)
        unchanged = before is not None and known[before] == values
    else:
        unchanged = known.get(day) == values
    nothing_said = parsed.list_price is None and parsed.cost is None
    if unchanged or (nothing_said and parsed.valid_from is None):
        return "same"
    outcome = "changed" if day in known else "new"
    known[day] = values
    catalog.priced[parsed.sku] = min(day, catalog.priced.get(parsed.sku, day))
    if seq:
        add_price(
            catalog.rows[parsed.sku], valid_from=day, currency=parsed.currency, list_price=parsed.list_price,
            cost=parsed.cost, seq=seq,
        )  # fmt: skip
    return outcome


def parse_row(row: Mapping[str, str], line: int) -> ParsedProduct | list[RowError]:
    """Check the cells of one row without the database."""
    errors = list(_text_errors(row, line))
    currency = row.get("currency", "")
    if not known_currency(currency):
        errors.append(RowError(line, "currency", currency[:80], "No currency code. Use three letters such as USD."))
    day, day_errors = parse_day(row.get("from", ""), line)
    errors += day_errors
    prices: dict[str, int | None] = {}
    for column in ("list_price", "cost"):
        try:
            prices[column] = _minor(row.get(column, ""), currency) if known_currency(currency) else None
        except PortalError as error:
            errors.append(RowError(line, column, row.get(column, "")[:80], error.sentence))
    if errors:
        return errors
    return ParsedProduct(
        line=line, sku=row["sku"], name=row["name"], category=row.get("category", ""), currency=currency,
        list_price=prices["list_price"], cost=prices["cost"], valid_from=day, tags=_tags(row.get("tags")),
    )  # fmt: skip


def _tags(text: str | None) -> str | None:
    """Tags as they are kept: separated by semicolons, each once, in order."""
    return None if text is None else ";".join(dict.fromkeys(word.strip() for word in text.split(";") if word.strip()))


def _minor(text: str, currency: str) -> int | None:
    return parse_minor(text, currency) if text else None


def _text_errors(row: Mapping[str, str], line: int) -> Iterable[RowError]:
    for column, longest in LONGEST.items():
        text = row.get(column, "")
        if not text and column not in ("category", "tags"):
            yield RowError(line, column, "", f"The {column} is missing.")
        elif len(text) > longest:
            yield RowError(line, column, text[:80], f"Longer than {longest} characters.")
        elif not text.isprintable():
            yield RowError(line, column, "", "This cell holds an invisible character.")
        elif text.startswith(("=", "@")):
            yield RowError(line, column, text[:80], f"“{text[:40]}” is a formula. Save the value instead.")


def parse_day(text: str, line: int, column: str = "from") -> tuple[dt.date | None, list[RowError]]:
    """A day like 2026-03-31, None when the cell is empty."""
    if not text:
        return None, []
    try:
        if len(text) == 10 and text.isascii():
            return dt.date.fromisoformat(text), []
    except ValueError:
        pass
    return None, [RowError(line, column, text[:80], f"“{text[:40]}” is no date. Write it like 2026-03-31.")]
