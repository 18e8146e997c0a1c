"""Products in the rail and in the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.core.db import session
from portal.sales.products.queries import ProductFilter, list_products
from portal.security.viewer import VENDOR_ROLES, Viewer
from portal.web.slots import Hit, NavItem

NAV = [
    NavItem("Products", "sales.products.list_products", "tag", group="Channel", order=36, permission="product:read",
            roles=frozenset(role.value for role in VENDOR_ROLES), owns=("sales.products.",)),
]  # fmt: skip


def find_products(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Products whose SKU, name or category fits."""
    for product in session.scalars(list_products(viewer, ProductFilter(q=text)).limit(5)):
        url = url_for("sales.products.show_product", sku=product.sku)
        yield Hit(product.name, product.sku, url, "tag", "Products")


SEARCH = [find_products]
