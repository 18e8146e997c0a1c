"""What claims' tests talk about: the cast, three products, a helmet sprint, and a claim in one call."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from portal.claims.models import Claim
from portal.claims.queries import lock_claim
from portal.claims.submission import services as submission
from portal.claims.submission.files import discard
from portal.claims.submission.filing import Proof, Sold, write_claim
from portal.core.db import session, transaction
from portal.partners.people.models import Person
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.services import publish_version
from portal.sales.products.models import Product
from portal.sales.products.services import add_price, add_product
from portal.security.viewer import Viewer
from tests.people import Cast, add_cast, viewer_of

NOW = "2026-11-19T10:41:00"
TODAY = dt.date(2026, 11, 19)
SPRINT = """
code: helmet-sprint
name: Helmet sprint
kind: spif
effective: {from: 2026-10-22, until: 2026-12-03}
period: campaign
pay: {in: points}
participant: seller
claim_within_days: 30
qualify: {skus: [HL-U509, HL-U509-R, HL-U509-B], flow: sell_out}
components:
  - {code: helmets, method: per_unit, amount: 40}
"""
PRODUCTS = {
    "HL-U509": ("Sport-100 Helmet, Black", "Accessories / Helmets", 3499),
    "HL-U509-R": ("Sport-100 Helmet, Red", "Accessories / Helmets", 3499),
    "WB-H098": ("Water Bottle - 30 oz.", "Accessories / Bottles and Cages", 499),
    "BK-M82S-38": ("Mountain-100 Silver, 38", "Bikes / Mountain Bikes", 339999),
}


@dataclass(frozen=True)
class World:
    """Two shops with their people, the products, and a folder for files."""

    cast: Cast
    products: dict[str, Product]
    folder: Path


def make_world(folder: Path) -> World:
    """The cast, the products with list prices, both shops allowing bonuses, the sprint published."""
    cast = add_cast()
    with transaction():
        products = {}
        for sku, (name, category, price) in PRODUCTS.items():
            products[sku] = add_product(sku, name, category)
            add_price(products[sku], valid_from=dt.date(2026, 1, 1), currency="USD", list_price=price)
        for shop in (cast.shop, cast.rival_shop):
            answer_spifs(shop, "allowed", valid_from=dt.date(2025, 1, 1))
        publish_version(SPRINT, by=viewer_of(cast.channel_manager), approved_by=viewer_of(cast.second_manager))
    session.expunge_all()
    return World(cast, products, folder)


def photo(shade: int = 200, size: tuple[int, int] = (60, 80)) -> bytes:
    """A small real photo; another shade is another photo."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (shade, shade, 200)).save(buffer, "JPEG")
    return buffer.getvalue()


WALK = {"HL-U509": 3, "HL-U509-R": 1, "WB-H098": 1}
_shades = iter(range(10**6))


def draft_claim(
    world: World,
    *,
    lines: dict[str, int] | None = None,
    invoice_no: str = "FB-1042",
    sold_on: dt.date = TODAY,
    seller: Person | None = None,
    by: Person | None = None,
    serials: tuple[str, ...] = (),
    with_photo: bool = True,
) -> Claim:
    """A draft as a person would leave it before pressing Submit."""
    who = seller or world.cast.seller
    viewer = viewer_of(by or who)
    sold = [Sold(world.products[sku], number) for sku, number in (WALK if lines is None else lines).items()]
    sold += [Sold(world.products["BK-M82S-38"], 1, serial) for serial in serials]
    size = (60, 80 + next(_shades))
    with transaction():
        claim = write_claim(
            seller=who,
            by=viewer,
            sold=sold,
            invoice_no=invoice_no,
            sold_on=sold_on,
            proof=Proof("invoice.jpg", photo(size=size)),
            folder=world.folder,
        )
        if not with_photo:
            discard(world.folder, *submission.remove_file(claim, claim.files[0].id, by=viewer))
    session.expunge_all()
    return claim


def file_claim(world: World, **options: Any) -> Claim:
    """A claim that waits for a decision, as it was when it was filed."""
    claim = draft_claim(world, **options)
    viewer = viewer_of(options.get("by") or options.get("seller") or world.cast.seller)
    with transaction():
        submission.submit_claim(lock_claim(viewer, claim.id), by=viewer)
    return reload(claim, viewer)


def reload(claim: Claim, viewer: Viewer) -> Claim:
    """The claim as it is stored now, apart from the session, so that it stays as it was read."""
    with transaction():
        found = lock_claim(viewer, claim.id)
    session.expunge_all()
    return found
