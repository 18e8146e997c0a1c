"""The catalog: list, search, one product with its dated prices."""

from __future__ import annotations

from flask import Response, url_for

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.paging import paginate
from portal.sales.products import queries, services
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/products")
@requires("product:read")
def list_products() -> Response:
    """Every product with the price in force today; guesses when nothing fits."""
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="sku", filters=("category", "state"))
    wanted = queries.ProductFilter(q=state.q, **state.filters)
    query = queries.list_products(viewer(), wanted, sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page)
    prices = queries.prices_on(clock.today(), [product.id for product in found.rows])
    guesses = queries.guess_products(state.q) if state.q and not found.rows else []
    return page(
        "sales/products/list_products.html", state=state, found=found, prices=prices, guesses=guesses,
        category_options=[(path, path) for path in queries.list_categories()],
    )  # fmt: skip


@bp.get("/products/<sku>")
@requires("product:read")
def show_product(sku: str) -> Response:
    """One product and what it cost from when on."""
    product = queries.get_product(viewer(), sku)
    prices = queries.list_prices(product.id) if viewer().is_vendor else []
    today = queries.find_price(product.id, clock.today())
    return page(
        "sales/products/show_product.html", product=product, prices=prices, price=today, first_day=clock.FIRST_DAY
    )


@bp.post("/products/<sku>/close")
@requires("product:change")
def close_product(sku: str) -> Response:
    """Take a product out of the catalog."""
    with transaction():
        services.close_product(queries.get_product(viewer(), sku), by=viewer())
    tell(f"{sku} is closed. Its sales stay.")
    return redirect_to(url_for("sales.products.show_product", sku=sku))


@bp.post("/products/<sku>/reopen")
@requires("product:change")
def reopen_product(sku: str) -> Response:
    """Put a product back into the catalog."""
    with transaction():
        services.reopen_product(queries.get_product(viewer(), sku), by=viewer())
    tell(f"{sku} can be sold again.")
    return redirect_to(url_for("sales.products.show_product", sku=sku))
