"""Sales in the rail, on a partner's page and in the global search."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for

from portal.sales.journal.queries import LineFilter, list_lines
from portal.sales.rates.queries import offer_rates
from portal.security.viewer import Viewer
from portal.web.slots import Hit, NavItem, Tab

offer_rates()
NAV = [
    NavItem("Sales", "sales.journal.list_sales", "chart", group="Channel", order=34, permission="sale:read",
            owns=("sales.journal.",)),
]  # fmt: skip
TABS = [Tab("Sales", "sales.journal.list_partner_sales", "partner", order=20, permission="sale:read")]


def find_sales(viewer: Viewer, text: str) -> Iterable[Hit]:
    """Visible lines of an invoice, a serial number or an id."""
    if not viewer.can("sale:read") or not any(character.isdigit() for character in text):
        return
    for row in list_lines(viewer, LineFilter(q=text), size=5).rows:
        label = f"{row.line.invoice_no or row.line.external_id}: {row.line.quantity} x {row.product_name}"
        url = url_for("sales.journal.show_sale", line_id=row.line.id)
        yield Hit(label, f"{row.partner_name}, {row.line.sold_on}", url, "chart", "Sales")


SEARCH = [find_sales]
