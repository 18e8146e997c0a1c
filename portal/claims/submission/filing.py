"""A whole claim in one call, for commands and for building a history at past moments (`clock.frozen`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.claims.models import Claim
from portal.claims.submission.drafting import Typed, add_line, save_draft
from portal.claims.submission.services import attach_file, start_draft, submit_claim
from portal.core.errors import InvalidInput
from portal.partners.people.models import Person
from portal.sales.products.models import Product
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class Sold:
    """One product of a sale; products with serial numbers name one and have a quantity of one."""

    product: Product
    quantity: int = 1
    serial_no: str | None = None


@dataclass(frozen=True)
class Proof:
    """A photo or PDF of the invoice: its name and what it holds."""

    name: str
    content: bytes


def write_claim(
    *,
    seller: Person,
    by: Viewer,
    sold: Sequence[Sold],
    invoice_no: str,
    sold_on: dt.date,
    proof: Proof,
    folder: Path,
    end_customer: str = "",
) -> Claim:
    """A complete draft that is not filed yet; joins the running transaction."""
    claim = start_draft(seller=seller, by=by)
    for one in sold:
        add_line(claim, one.product, quantity=one.quantity, serial_no=one.serial_no)
    problems = save_draft(claim, Typed(invoice_no, sold_on.isoformat(), end_customer))
    if problems:
        field, sentence = next(iter(problems.items()))
        raise InvalidInput(sentence, field=field)
    attach_file(claim, name=proof.name, content=proof.content, folder=folder, by=by)
    return claim


def file_claim(
    *,
    seller: Person,
    by: Viewer,
    sold: Sequence[Sold],
    invoice_no: str,
    sold_on: dt.date,
    proof: Proof,
    folder: Path,
    end_customer: str = "",
) -> Claim:
    """Write and file a claim in one go, with every check; `folder` is the settings' `files_dir`."""
    claim = write_claim(
        seller=seller,
        by=by,
        sold=sold,
        invoice_no=invoice_no,
        sold_on=sold_on,
        proof=proof,
        folder=folder,
        end_customer=end_customer,
    )
    return submit_claim(claim, by=by)
