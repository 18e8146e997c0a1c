"""Finding products: exactly, as somebody types, or what was probably meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.sales.products.models import Product, ProductPrice, ProductState
from portal.security.viewer import Viewer

GUESS_SCORE = 60


@dataclass(frozen=True)
class Guess:
    """A product that may be meant, with how sure we are (0 to 100)."""

    product: Product
    score: int


def visible_products(viewer: Viewer) -> Select[Product]:
    """Everybody who is signed in may see the catalog; closed products only the vendor's people."""
    return select(Product) if viewer.is_vendor else select(Product).where(Product.state == ProductState.ACTIVE)


def find_product(sku: str) -> Product | None:
    """The product of that SKU, however it is capitalized."""
    return session.scalar(select(Product).where(func.upper(Product.sku) == sku.strip().upper()))


def get_product(viewer: Viewer, sku: str) -> Product:
    """A visible product by its SKU."""
    found = session.scalar(visible_products(viewer).where(Product.sku == sku))
    if found is None:
        raise NotFound
    return found


def _matches(text: str) -> ColumnElement[bool]:
    """Every typed word is in the SKU, the name or the category."""
    words = text.split()[:6]
    columns = (Product.sku, Product.name, Product.category)
    return and_(*(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words))


def search_products(text: str, limit: int = 8) -> list[Product]:
    """Products for what somebody types: SKU first, then name, then category; guesses when nothing fits."""
    cleaned = text.strip()[:100]
    if not cleaned:
        return []
    rank = case(
        (func.upper(Product.sku) == cleaned.upper(), 0),
        (Product.sku.istartswith(cleaned, autoescape=True), 1),
        (Product.name.istartswith(cleaned, autoescape=True), 2),
        (Product.name.icontains(cleaned, autoescape=True), 3),
        else_=4,
    )
    query = select(Product).where(Product.state == ProductState.ACTIVE, _matches(cleaned))
    found = list(session.scalars(query.order_by(rank, Product.name, Product.sku).limit(limit)))
    return found or [guess.product for guess in guess_products(cleaned, limit)]


def guess_products(text: str, limit: int = 3) -> list[Guess]:
    """The products that were probably meant, best first: "did you mean"."""
    rows = session.execute(select(Product.id, Product.sku, Product.name)).all()
    skus = process.extract(
        text, {row.id: row.sku for row in rows}, scorer=fuzz.ratio, processor=default_process, limit=limit
    )
    names = process.extract(
        text, {row.id: row.name for row in rows}, scorer=fuzz.WRatio, processor=default_process, limit=limit
    )
    best: dict[int, float] = {}
    for _, score, number in [*skus, *names]:
        best[number] = max(score, best.get(number, 0))
    chosen = sorted((n for n, score in best.items() if score >= GUESS_SCORE), key=lambda n: (-best[n], n))[:limit]
    products = {product.id: product for product in session.scalars(select(Product).where(Product.id.in_(chosen)))}
    return [Guess(products[number], round(best[number])) for number in chosen]


def prices_on(day: dt.date, product_ids: Sequence[int]) -> dict[int, ProductPrice]:
    """The price row in force on a day for each product that has one."""
    query = select(ProductPrice).where(ProductPrice.product_id.in_(product_ids), ProductPrice.valid_from <= day)
    rows = session.scalars(query.order_by(ProductPrice.valid_from, ProductPrice.seq, ProductPrice.id))
    return {row.product_id: row for row in rows}


def find_price(product_id: int, day: dt.date) -> ProductPrice | None:
    """The price of a product in force on a day, or None before its first."""
    return prices_on(day, [product_id]).get(product_id)


def list_prices(product_id: int) -> Sequence[ProductPrice]:
    """Every price row of a product, newest day first."""
    query = select(ProductPrice).where(ProductPrice.product_id == product_id)
    return session.scalars(query.order_by(ProductPrice.valid_from.desc(), ProductPrice.seq.desc())).all()


@dataclass(frozen=True)
class ProductFilter:
    """What the list of products is narrowed to."""

    q: str = ""
    category: str = ""
    state: str = ""


SORTABLE: dict[str, Any] = {"sku": Product.sku, "name": Product.name, "category": Product.category}


def list_products(
    viewer: Viewer, wanted: ProductFilter, *, sort: str = "sku", descending: bool = False
) -> Select[Product]:
    """Visible products, filtered and sorted."""
    query = visible_products(viewer)
    if wanted.q:
        query = query.where(_matches(wanted.q))
    if wanted.category:
        inside = Product.category.startswith(wanted.category + " / ", autoescape=True)
        query = query.where(or_(Product.category == wanted.category, inside))
    if wanted.state:
        query = query.where(Product.state == wanted.state)
    column = SORTABLE.get(sort, Product.sku)
    return query.order_by(column.desc() if descending else column.asc(), Product.sku)


def list_categories() -> list[str]:
    """All category paths and the paths above them, sorted."""
    paths: set[str] = set()
    for path in session.scalars(select(Product.category).distinct()):
        parts = path.split(" / ")
        paths.update(" / ".join(parts[: depth + 1]) for depth in range(len(parts)))
    return sorted(paths - {""})
