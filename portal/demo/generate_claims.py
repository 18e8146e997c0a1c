"""Seeded claims: Ana's history, the manager's queue (14 safe, 2 flagged, 1 on a shop's behalf), and twins."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from portal.demo.calendar import Shift
from portal.demo.dice import dice
from portal.demo.examples import partner_by_code
from portal.demo.generate_people import ANA, ANA_SHOP, MANAGER, MANAGER2, sellers_by_shop, shops_that_allow
from portal.demo.generate_sprint import ANA_TICKETS, sprint_tickets
from portal.demo.generate_tickets import SPRINT_SKUS, tickets
from portal.demo.lines import Line
from portal.demo.prices import list_price

STARS = 40
SAFE_HELMETS = (2, 3, 1, 2, 4, 2, 1, 3, 2, 2, 3, 1, 2, 3)  # 31 helmets in 14 claims: 1,240 stars
QUEUE_TERRITORIES = ("Northeast", "Central", "Southwest", "Southeast", "Canada")  # none moves the Northwest's ranking
APPROVED_TICKETS = (0, 2, 4, 7)  # of ANA_TICKETS
CLOSED_QUARTER = (date(2013, 4, 1), date(2013, 6, 30))


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of a claim, `amount` in minor units."""

    sku: str
    quantity: int
    amount: int
    serial_no: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a claim is not safe to approve unseen, with the key of the claim it resembles."""

    rule: str
    severity: str
    sentence: str
    twin: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One seeded claim. `key` names it among the seeds; `file` is the evidence `documents.evidence` draws for it.

    `state` is approved, submitted (waiting), in_review or info_requested; `expected_stars` is what its lines are worth.
    """

    key: str
    partner: str
    seller: str
    entered_by: str
    state: str
    invoice_no: str
    sold_on: date
    currency: str
    lines: tuple[ClaimLine, ...]
    expected_stars: int
    submitted_at: datetime
    file: str
    group: str
    decided_at: datetime | None = None
    decided_by: str = ""
    reason_code: str = ""
    note: str = ""
    finding: Finding | None = None


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _claim_of(line: Line, key: str, group: str, suffix: str = "pdf") -> Claim:
    """A waiting claim for what a ticket says, filed by its seller on the evening of the sale."""
    stars = STARS * line.quantity if line.sku in SPRINT_SKUS else 0
    return Claim(
        key, line.partner, line.seller, line.seller, "submitted", line.invoice_no, line.sold_on, line.currency,
        (ClaimLine(line.sku, line.quantity, line.amount, line.serial_no),), stars, _at(line.sold_on, 18, 20),
        f"{key}.{suffix}", group,
    )  # fmt: skip


def _approved(claim: Claim, by: str) -> Claim:
    return replace(claim, state="approved", decided_at=claim.submitted_at + timedelta(hours=15), decided_by=by)


def _sale(shop: str, sku: str, quantity: int, day: date, invoice: str, serial_no: str = "") -> Line:
    return Line(
        "", shop, sku, quantity, quantity * list_price(sku), partner_by_code()[shop]["currency"], day, day, "claim",
        "sell_out",
        invoice_no=invoice, seller=sellers_by_shop()[shop][0].email, serial_no=serial_no,
    )  # fmt: skip


def _ana(today: date, sprint: list[Line]) -> Iterator[Claim]:
    own = {line.invoice_no: line for line in sprint if line.seller == ANA}
    for number, place in enumerate(APPROVED_TICKETS, start=1):
        yield _approved(_claim_of(own[ANA_TICKETS[place][3]], f"ana-approved-{number}", "ana", "jpg"), MANAGER)
    bottles = replace(_sale(ANA_SHOP, "WB-H098", 2, today - timedelta(3), "FB-1037"), seller=ANA)
    yield replace(_claim_of(bottles, "ana-in-review", "ana", "jpg"), state="in_review")
    helmets = replace(_sale(ANA_SHOP, "HL-U509-B", 2, today - timedelta(2), "FB-1039"), seller=ANA)
    asked = _claim_of(helmets, "ana-photo-cut-off", "ana", "jpg")
    yield replace(
        asked, state="info_requested", decided_at=asked.submitted_at + timedelta(hours=3), decided_by=MANAGER2,
        reason_code="unreadable_proof",
        note="The photo cuts off the invoice number. Please take it again with the whole page.",
    )  # fmt: skip


def _queue_shops(sprint: list[Line]) -> list[str]:
    """Shops for the queue, each used once: none of them has a sprint ticket a claim could be mistaken for."""
    busy = {line.partner for line in sprint}
    return dice("queue").sample([shop for shop in shops_that_allow(QUEUE_TERRITORIES) if shop not in busy], 18)


def _safe(today: date, shops: list[str]) -> Iterator[Claim]:
    chance = dice("safe claims")
    for number, (shop, helmets) in enumerate(zip(shops, SAFE_HELMETS, strict=True), start=1):
        day = today - timedelta(chance.randint(1, 6))
        sale = _sale(shop, chance.choice(SPRINT_SKUS), helmets, day, f"{shop[-4:]}-{2000 + 7 * number}")
        yield _claim_of(sale, f"safe-{number:02d}", "safe", "pdf" if number % 2 else "jpg")


def _same_invoice(today: date, shop: str, sprint: list[Line]) -> Iterator[Claim]:
    old = [line for line in sprint if partner_by_code()[line.partner]["territory"] in QUEUE_TERRITORIES]
    line = min((o for o in old if o.sold_on <= today - timedelta(6) and o.quantity > 1), key=lambda o: o.external_id)
    twin = _approved(_claim_of(line, "twin-invoice", "twin"), MANAGER2)
    sale = _sale(shop, line.sku, line.quantity, today - timedelta(4), line.invoice_no.replace("-", " ").lower())
    sentence = f"Invoice {sale.invoice_no} was already approved for another shop as {line.invoice_no}."
    finding = Finding("duplicate_invoice", "warning", sentence, twin.key)
    yield twin
    yield replace(_claim_of(sale, "flagged-invoice", "flagged"), finding=finding)


def _same_serial(today: date, shop: str, shift: Shift) -> Iterator[Claim]:
    begin, end = CLOSED_QUARTER
    allowed = set(shops_that_allow(QUEUE_TERRITORIES))
    returned = {line.returns for line in tickets()}
    sold = next(
        line for line in tickets()
        if line.serial_no and line.quantity > 0 and begin <= line.sold_on <= end and line.recorded_on == line.sold_on
        and line.partner in allowed and line.external_id not in returned
    )  # fmt: skip
    day = shift.ticket_day(sold.sold_on)
    twin = _approved(_claim_of(replace(sold, sold_on=day, recorded_on=day), "twin-serial", "twin"), MANAGER2)
    sale = _sale(shop, sold.sku, 1, today - timedelta(2), f"{shop[-4:]}-3001", sold.serial_no)
    sentence = f"Serial number {sold.serial_no} was already sold by another shop and has not come back."
    finding = Finding("duplicate_serial", "warning", sentence, twin.key)
    yield twin
    yield replace(_claim_of(sale, "flagged-serial", "flagged", "jpg"), finding=finding)


def seeded_claims(today: date, shift: Shift) -> list[Claim]:
    """All seeded claims in the order they were filed; none of them moves a figure the walk promises."""
    sprint = sprint_tickets(today)
    shops = _queue_shops(sprint)
    behalf = _claim_of(
        _sale(shops[16], "HL-U509", 2, today - timedelta(3), f"{shops[16][-4:]}-4001"), "on-behalf", "on_behalf"
    )
    claims = [
        *_ana(today, sprint),
        *_safe(today, shops[:14]),
        *_same_invoice(today, shops[14], sprint),
        *_same_serial(today, shops[15], shift),
        replace(behalf, entered_by=MANAGER, note="Filed for the shop: its connection was down."),
    ]
    return sorted(claims, key=lambda claim: (claim.submitted_at, claim.key))
