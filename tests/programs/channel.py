"""A small channel for tests of programs: two shops, a few products, two plans, journal lines in one call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from portal.core.db import transaction
from portal.core.sequence import current_seq
from portal.partners.access.queries import make_viewer
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.partners.spif.services import answer_spifs
from portal.partners.territories.services import add_territory
from portal.programs.definitions.services import publish_version
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.sales.products.models import Product
from portal.sales.products.services import add_product
from portal.security.viewer import Viewer
from tests.people import PASSWORD, cheap_passwords

VOLUME = """
code: volume
name: Volume rebate
kind: rebate
effective: {from: 2026-01-01}
period: quarter
grace_days: 0
pay: {in: USD}
qualify: {categories: [Accessories, Clothing]}
components:
  - {code: volume, method: tiered, measure: revenue, scope: marginal,
     bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}, {from: 4500, percent: 5}]}
"""
SPRINT = """
code: sprint
name: Helmet sprint
kind: spif
effective: {from: 2026-01-01, until: 2027-01-01}
period: campaign
pay: {in: points}
participant: seller
qualify: {skus: [HL-1, HL-2], flow: sell_out}
components:
  - {code: helmets, method: per_unit, amount: 40}
"""


@dataclass
class Channel:
    """What the tests talk about."""

    shop: Partner
    rival: Partner
    seller: Person
    manager: Viewer
    second: Viewer
    products: dict[str, Product] = field(default_factory=dict)


def make_channel(*, answer: str = "allowed") -> Channel:
    """Two shops in one territory, a seller, two managers, four products; both plans published."""
    cheap_passwords()
    with transaction():
        add_territory("Northwest", region="North America", country="United States")
        shop = add_partner("SHOP", "Friendly Bike Shop", territory="Northwest", tier="gold")
        rival = add_partner("RIVAL", "Permanent Finish", territory="Northwest", tier="silver")
        seller = add_person("ana@shop.example", "Ana Ruiz", "seller", shop)
        first = add_person("tess@vendor.example", "Tess Moran", "channel_manager", None, PASSWORD)
        second = add_person("sam@vendor.example", "Sam Idris", "channel_manager", None, PASSWORD)
        answer_spifs(shop, answer, valid_from=dt.date(2025, 1, 1))
        answer_spifs(rival, answer, valid_from=dt.date(2025, 1, 1))
        products = {
            "HL-1": add_product("HL-1", "Helmet, black", "Accessories / Helmets"),
            "HL-2": add_product("HL-2", "Helmet, red", "Accessories / Helmets"),
            "WB-1": add_product("WB-1", "Water bottle", "Accessories / Bottles"),
            "BK-1": add_product("BK-1", "Road bike", "Bikes / Road"),
        }
    channel = Channel(shop, rival, seller, make_viewer(first), make_viewer(second), products)
    publish(channel, VOLUME)
    publish(channel, SPRINT)
    return channel


def publish(channel: Channel, text: str, *, inside_period: str | None = None) -> None:
    """Publish a plan, written by the first manager and approved by the second."""
    with transaction():
        publish_version(text, by=channel.manager, approved_by=channel.second, inside_period=inside_period)


def sell(
    channel: Channel,
    sku: str,
    quantity: int,
    amount: int,
    day: str,
    *,
    partner: Partner | None = None,
    flow: str = "sell_in",
    seller: Person | None = None,
    returns: int | None = None,
    origin: str | None = None,
) -> int:
    """Record one confirmed line (amount in cents) and return its id."""
    line = NewLine(
        external_id=f"line-{current_seq()}",
        partner_id=(partner or channel.shop).id,
        product_id=channel.products[sku].id,
        quantity=quantity,
        amount=amount,
        currency="USD",
        sold_on=dt.date.fromisoformat(day),
        flow=flow,
        seller_id=seller.id if seller else None,
        invoice_no="INV-1",
        returns_line_id=returns,
        origin_on=dt.date.fromisoformat(origin) if origin else None,
    )
    with transaction():
        batch = open_batch("erp", "import")
        number = add_lines(batch, [line])[0].id
        confirm_batch(batch)
    return number
