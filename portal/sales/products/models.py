"""Tables of products and their dated prices."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, BigId, Day, Moment
from portal.core.guards import append_only


class ProductState(enum.StrEnum):
    """Whether a product is still sold."""

    ACTIVE = "active"
    CLOSED = "closed"


class Product(Base):
    """Something that is sold; `category` is a path such as "Accessories / Helmets", `tags` are words
    separated by semicolons.
    """

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sku: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(200), index=True)
    tags: Mapped[str] = mapped_column(String(400), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default=ProductState.ACTIVE)
    created_at: Mapped[dt.datetime] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)


class ProductPrice(Base):
    """List price and cost of a product from a day on, in minor units; the newest one known counts."""

    __tablename__ = "product_price"
    __table_args__ = (Index("ix_product_price_product_id_valid_from", "product_id", "valid_from", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    valid_from: Mapped[dt.date] = mapped_column(Day)
    list_price: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    seq: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment)


append_only("product_price")
