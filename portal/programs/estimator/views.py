"""The estimator: one page, its whole state in the address."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request, url_for

from portal.programs.estimator.pages import estimate_page
from portal.programs.estimator.typed import MOST_LINES, Typed, TypedLine, clean, read_typed
from portal.programs.participation.queries import whose
from portal.sales.products.queries import search_products as find_products
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.htmx import is_htmx, partial_or_page, redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FOLDER = "programs/estimator/"


@bp.get("/estimate")
@requires("program:read")
def show_estimate() -> Response:
    """Type sales nobody has made yet and see what they would pay, and why; nothing is stored."""
    typed = _typed()
    changed = _changed(typed)
    if changed is not None and not is_htmx():
        return redirect_to(_address(changed))
    typed = changed or typed
    who = whose(viewer(), typed.whose)
    if who is None:
        return page(f"{FOLDER}choose_company.html")
    shown = estimate_page(viewer(), who, typed)
    response = partial_or_page(f"{FOLDER}_estimate.html", f"{FOLDER}show_estimate.html", **shown)
    if is_htmx():
        response.headers["HX-Replace-Url"] = _address(typed)
    return response


@bp.get("/estimate/products")
@requires("program:read")
def search_products() -> Response:
    """Products while typing."""
    typed = _typed()
    products = find_products(typed.q) if typed.q else []
    return page(f"{FOLDER}_products.html", typed=typed, products=products)


def _typed() -> Typed:
    return read_typed(request.args.to_dict(flat=False))


def _changed(typed: Typed) -> Typed | None:
    """The estimate after a line was added or removed by a button; None when nothing of the kind was asked."""
    added, removed = clean(request.args.get("add", "")), request.args.get("remove", "")
    if added and len(typed.lines) < MOST_LINES:
        return replace(typed, lines=(*typed.lines, TypedLine(added)), q="")
    if removed.isascii() and removed.isdigit() and int(removed[:4]) < len(typed.lines):
        kept = [line for index, line in enumerate(typed.lines) if index != int(removed[:4])]
        return replace(typed, lines=tuple(kept))
    return None


def _address(typed: Typed) -> str:
    query = typed.query()
    address = url_for("programs.estimator.show_estimate")
    return f"{address}?{query}" if query else address
