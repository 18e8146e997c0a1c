"""What an earning stands against, as figures from which it can be recomputed: ladder, pieces, baseline of a trace."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from portal.engine.frames import Facts
from portal.engine.free_goods import invoice_of, listed_price
from portal.engine.lines import Judged
from portal.engine.periods import day_of
from portal.engine.stand import Place, looked_at


@dataclass(frozen=True)
class Rung:
    """One participant's place in a contest, without its name; `reached` is the day of its last line where that counts.

    `mine` marks the participant whose trace it is.
    """

    measure: int
    reached: int | None
    mine: bool


@dataclass(frozen=True)
class Piece:
    """The net quantity of a product on an invoice (numbered, 0 where invoices do not matter), and its list price.

    The price is in exact minor units of pay, only where something is given.
    """

    invoice: int
    sku: str
    quantity: int
    price: Fraction | None = None


@dataclass(frozen=True)
class Proof:
    """All of it for one component; `ends` is the first day after the window, `today` the day of the facts.

    `found` is the baseline before the plan's rules on it: the sum of a year earlier, or what was looked up.
    """

    ends: int
    today: int | None
    ladder: tuple[Rung, ...] = ()
    pieces: tuple[Piece, ...] = ()
    found: int | None = None

    def as_document(self) -> dict[str, Any]:
        """The same as plain data; pieces by invoice and product: quantity and price."""
        invoices: dict[str, dict[str, list[int | str | None]]] = {}
        for piece in self.pieces:
            price = None if piece.price is None else str(piece.price)
            invoices.setdefault(str(piece.invoice), {})[piece.sku] = [piece.quantity, price]
        return {
            "ends": day_of(self.ends).isoformat() if self.ladder else None,
            "today": day_of(self.today).isoformat() if self.ladder and self.today is not None else None,
            "ladder": [vars(rung) for rung in self.ladder],
            "pieces": invoices,
            "found": self.found,
        }


def proof_of(place: Place, facts: Facts, judged: Judged, rated: Sequence[dict[str, Any]]) -> Proof:
    """The figures of one component; `facts` hold everybody's, `rated` the rows of all who take part."""
    component = place.component
    ladder = _ladder(rated, place) if component.method == "rank" else ()
    pieces = _pieces(place, facts, judged.rows) if component.method in ("bundle", "free_goods") else ()
    found = _found(place, facts, judged) if component.is_relative else None
    return Proof(place.window.end, facts.today, ladder, pieces, found)


def _ladder(rated: Sequence[dict[str, Any]], place: Place) -> tuple[Rung, ...]:
    placed = [row for row in rated if row["measure"] > 0]
    placed.sort(key=lambda row: (int(row["band"]), -row["top"]))
    days = place.component.ties == "earliest"
    return tuple(
        Rung(row["measure"], row["reached"] if days else None, row["participant"] == place.who) for row in placed
    )


def _pieces(place: Place, facts: Facts, rows: Sequence[dict[str, Any]]) -> tuple[Piece, ...]:
    component = place.component
    gives = component.method == "free_goods"
    apart = gives or component.within == "invoice"
    skus = dict(facts.products.select("product_id", "sku").iter_rows())
    numbers: dict[Hashable, int] = {}
    lines: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in rows:
        invoice = numbers.setdefault(invoice_of(row), len(numbers) + 1) if apart else 0
        lines.setdefault((invoice, row["product_id"]), []).append(row)
    found = []
    for (invoice, product), some in lines.items():
        net = sum(row["quantity"] for row in some)
        given = gives and net >= (component.per or 1)
        price = listed_price(some[0], place.plan.unit, facts) if given else None
        found.append(Piece(invoice, skus[product], net, price))
    return tuple(found)


def _found(place: Place, facts: Facts, judged: Judged) -> int | None:
    component = place.component
    if component.method == "growth" and component.growth_base.is_sold:
        return sum(line.measure for line in judged.past)
    return looked_at(place, facts)
