"""What the names in a sales file mean: codes, SKUs and addresses to ids, with the aliases of the source."""

from __future__ import annotations

import polars as pl
from sqlalchemy import select

from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.sales.imports.models import NameAlias
from portal.sales.imports.sales_columns import Lookups
from portal.sales.products.models import Product

NAMED = {"name": pl.String, "id": pl.Int64}


def read_lookups(source: str) -> Lookups:
    """All partners, products and partner people, and what this source calls them otherwise."""
    return Lookups(
        partners=_with_aliases(_names(select(Partner.code, Partner.id)), source, "partner"),
        products=_with_aliases(_names(select(Product.sku, Product.id)), source, "sku"),
        people=_names(select(Person.email, Person.id).where(Person.partner_id.is_not(None))),
    )


def _names(query: object) -> pl.DataFrame:
    rows = session.execute(query).all()  # type: ignore[call-overload]
    return pl.DataFrame([tuple(row) for row in rows], schema=NAMED, orient="row")


def _with_aliases(names: pl.DataFrame, source: str, noun: str) -> pl.DataFrame:
    """Real names win over aliases."""
    query = select(NameAlias.name, NameAlias.target_id).where(
        NameAlias.source == source, NameAlias.noun == noun, NameAlias.undone_at.is_(None)
    )
    aliases = _names(query.order_by(NameAlias.id)).unique("name", keep="last", maintain_order=True)
    return pl.concat([names, aliases.join(names, on="name", how="anti")])
