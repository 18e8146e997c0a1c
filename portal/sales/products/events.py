"""What happens to prices of products."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class PricesRecorded(Fact):
    """List prices or costs came in; with `all_products` they are too many to name.

    `first_day` is the number of the first day from which one of them holds.
    """

    source: str
    product_ids: list[int]
    all_products: bool
    first_day: int


@dataclass(frozen=True)
class ProductsTagged(Fact):
    """Products got other tags; programs that count by tags may pay otherwise."""

    source: str
