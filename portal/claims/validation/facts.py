"""What the checks of a claim look at: plain values, gathered once, so that every rule stays pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from portal.claims.models import Severity


@dataclass(frozen=True)
class LineFacts:
    """One line as the checks see it; `usual` is the (least, most) sold at a time here, None without history."""

    position: int
    sku: str
    name: str
    is_active: bool
    quantity: int
    serial_no: str | None = None
    serial_key: str | None = None
    needs_serial: bool = False
    usual: tuple[int, int] | None = None


@dataclass(frozen=True)
class Twin:
    """Another live claim that shares something with this one."""

    claim_id: int
    number: str
    invoice_no: str
    seller_id: int
    seller_name: str
    partner_id: int
    partner_name: str
    shared: str = ""


@dataclass(frozen=True)
class Recorded:
    """What the journal already knows of a line's sale: how many, and who is credited."""

    position: int
    quantity: int
    credited_to: int | None
    credited_name: str


@dataclass(frozen=True)
class ClaimFacts:
    """Everything the rules may ask about one claim; `exception_by` names who of the vendor entered it for a shop."""

    seller_id: int
    partner_id: int
    today: dt.date
    sold_on: dt.date | None
    window_days: int
    invoice_no: str | None
    invoice_key: str | None
    proofs: int
    lines: tuple[LineFacts, ...]
    same_invoice: tuple[Twin, ...] = ()
    same_photo: tuple[Twin, ...] = ()
    same_serial: tuple[Twin, ...] = ()
    sold_serials: dict[str, str] = field(default_factory=dict)
    recorded: tuple[Recorded, ...] = ()
    filed_today: int = 0
    employed_since: dt.date | None = None
    exception_by: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Finding:
    """One result of a check; `for_partner` ones are shown to the partner too, `missing` only when filing."""

    rule: str
    severity: Severity
    sentence: str
    weight: int = 0
    field: str | None = None
    twin_claim_id: int | None = None
    for_partner: bool = True
    missing: bool = False
