"""The checks: small pure rules in one registry, each from facts to findings that explain themselves in a sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from portal.claims.models import Severity
from portal.claims.validation.facts import ClaimFacts, Finding, LineFacts, Twin

Rule = Callable[[ClaimFacts], Iterator[Finding]]
REGISTRY: dict[str, Rule] = {}

MANY_WITHOUT_HISTORY = 20
TIMES_THE_USUAL = 3
MANY_A_DAY = 12
FLOOD_A_DAY = 30
TOP_RISK = 100


def rule(check: Rule) -> Rule:
    """Enter a check into the registry under its own name."""
    REGISTRY[check.__name__] = check
    return check


def check_all(facts: ClaimFacts) -> list[Finding]:
    """Every finding of every rule, worst first, passes last."""
    order = list(Severity)
    found = [finding for check in REGISTRY.values() for finding in check(facts)]
    return sorted(found, key=lambda finding: (order.index(finding.severity), -finding.weight))


def total_risk(weights: Iterable[int]) -> int:
    """The sum of the weights, at most 100."""
    return min(TOP_RISK, sum(weights))


def say_day(day: dt.date) -> str:
    """A day as sentences write it: 19 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def _error(name: str, sentence: str, field: str, twin: Twin | None = None) -> Finding:
    return Finding(name, Severity.ERROR, sentence, 0, field, twin.claim_id if twin else None)


def _missing(name: str, sentence: str, field: str) -> Finding:
    """Something is not there yet; said when the claim is filed, not while it is being written."""
    return Finding(name, Severity.ERROR, sentence, 0, field, missing=True)


def _warning(name: str, sentence: str, weight: int, field: str | None = None, twin: Twin | None = None) -> Finding:
    """For reviewers only: a warning never tells a partner what is looked at, or what others did."""
    twin_id = twin.claim_id if twin else None
    return Finding(name, Severity.WARNING, sentence, weight, field, twin_id, for_partner=False)


def _passed(name: str, sentence: str) -> Finding:
    return Finding(name, Severity.INFO, sentence)


@rule
def nothing_sold(facts: ClaimFacts) -> Iterator[Finding]:
    """A claim needs a line."""
    if not facts.lines:
        yield _missing("nothing_sold", "Add at least one product that you sold.", "lines")


@rule
def unknown_product(facts: ClaimFacts) -> Iterator[Finding]:
    """Every line names a product that is in the list."""
    for line in facts.lines:
        if not line.is_active:
            text = f"{line.name} ({line.sku}) is not in the product list any more. Remove the line to go on."
            yield _error("unknown_product", text, f"line-{line.position}")


@rule
def sale_date(facts: ClaimFacts) -> Iterator[Finding]:
    """The sale lies in the past and inside the claim window."""
    if facts.sold_on is None:
        yield _missing("sale_date", "Say on which day you sold it.", "sold_on")
    elif facts.sold_on > facts.today:
        yield _error(
            "sale_date", f"{say_day(facts.sold_on)} is in the future. Enter the day on the invoice.", "sold_on"
        )
    elif facts.sold_on < facts.today - dt.timedelta(days=facts.window_days):
        yield _late(facts, facts.sold_on)
    else:
        yield _passed("sale_date", f"Sold {say_day(facts.sold_on)}, inside the claim window")


def _late(facts: ClaimFacts, sold_on: dt.date) -> Finding:
    """Too late for a shop; somebody of the vendor may make an exception with a reason, decided by a second person."""
    last = sold_on + dt.timedelta(days=facts.window_days)
    ended = (
        f"Sold on {say_day(sold_on)}: the {facts.window_days} days in which it could be claimed ended on "
        f"{say_day(last)}."
    )
    if facts.exception_by is None:
        return _error(
            "sale_date", f"{ended} Your channel manager can make an exception and file it for you.", "sold_on"
        )
    if not (facts.note or "").strip():
        return _missing("sale_date", f"{ended} Write in the note why you make an exception.", "note")
    return _warning("sale_date", f"{ended} {facts.exception_by} filed it as an exception: {facts.note}", 10, "sold_on")


@rule
def duplicate_invoice(facts: ClaimFacts) -> Iterator[Finding]:
    """An invoice is claimed once; the same number at another partner is looked at."""
    if not facts.invoice_key:
        yield _missing("duplicate_invoice", "Enter the invoice number.", "invoice_no")
        return
    for twin in facts.same_invoice:
        if twin.partner_id == facts.partner_id:
            yield _error("duplicate_invoice", _claimed_already(facts, twin), "invoice_no", twin)
        else:
            text = f"{twin.partner_name} claimed an invoice {twin.invoice_no} too ({twin.number})."
            yield Finding(
                "duplicate_invoice", Severity.WARNING, text, 30, "invoice_no", twin.claim_id, for_partner=False
            )
    if not facts.same_invoice:
        yield _passed("duplicate_invoice", "Invoice is new across all partners")


def _claimed_already(facts: ClaimFacts, twin: Twin) -> str:
    if twin.seller_id == facts.seller_id:
        return (
            f"You have already claimed invoice {twin.invoice_no}. "
            "Open that claim to follow it, or enter another number."
        )
    return (
        f"{twin.seller_name} of your shop has already claimed invoice {twin.invoice_no}. "
        "An invoice can be claimed once, so enter another number."
    )


@rule
def serial_numbers(facts: ClaimFacts) -> Iterator[Finding]:
    """Products with serial numbers name one a unit, each of them once."""
    times = Counter(line.serial_key for line in facts.lines if line.serial_key)
    for line in facts.lines:
        place = f"serial-{line.position}"
        if line.needs_serial and not line.serial_key:
            yield _missing("serial_numbers", f"Enter the serial number of the {line.name}. It is on the frame.", place)
        elif line.serial_key and line.quantity != 1:
            yield _error(
                "serial_numbers", f"Serial number {line.serial_no} belongs to one unit, not {line.quantity}.", place
            )
        elif line.serial_key and times[line.serial_key] > 1:
            yield _error(
                "serial_numbers", f"Serial number {line.serial_no} is on two lines. Each unit has its own.", place
            )


@rule
def duplicate_serial(facts: ClaimFacts) -> Iterator[Finding]:
    """A serial number is live once; a second claim on it opens a dispute, an own one is refused."""
    by_key = {line.serial_key: line for line in facts.lines if line.serial_key}
    for twin in facts.same_serial:
        line = by_key.get(twin.shared)
        if line is not None:
            yield _serial_finding(facts, line, twin)
    for key, seller in facts.sold_serials.items():
        line = by_key.get(key)
        if line is not None and not any(twin.shared == key for twin in facts.same_serial):
            text = f"Serial number {line.serial_no} is already recorded as sold by {seller}."
            yield _warning("duplicate_serial", text, 40, f"serial-{line.position}")
    if by_key and not facts.same_serial and not facts.sold_serials:
        yield _passed("duplicate_serial", "No serial number is claimed or sold anywhere else")


def _serial_finding(facts: ClaimFacts, line: LineFacts, twin: Twin) -> Finding:
    place = f"serial-{line.position}"
    if twin.seller_id == facts.seller_id:
        text = (
            f"You have already claimed serial number {line.serial_no} in {twin.number}. Open that claim to follow it."
        )
        return _error("duplicate_serial", text, place, twin)
    text = (
        f"Serial number {line.serial_no} is also claimed by {twin.seller_name} of {twin.partner_name} ({twin.number}): "
        "a credit dispute. Decide who sold it."
    )
    return _warning("duplicate_serial", text, 40, place, twin)


@rule
def serial_dispute(facts: ClaimFacts) -> Iterator[Finding]:
    """Tells the partner of a dispute without naming the other side."""
    serials = {line.serial_key: line.serial_no for line in facts.lines if line.serial_key}
    for twin in facts.same_serial:
        if twin.seller_id != facts.seller_id and twin.shared in serials:
            text = (
                f"Serial number {serials[twin.shared]} has also been claimed by somebody else. You can file; "
                "your channel manager decides who sold it and hears both sides."
            )
            yield Finding("serial_dispute", Severity.INFO, text)


@rule
def missing_proof(facts: ClaimFacts) -> Iterator[Finding]:
    """A claim shows the invoice, and its own one."""
    if not facts.proofs:
        yield _missing("missing_proof", "Add a photo or PDF of the invoice.", "photo")
    for twin in facts.same_photo:
        text = f"The same photo was filed with {twin.number} of {twin.partner_name}, invoice {twin.invoice_no}."
        yield _warning("missing_proof", text, 35, "photo", twin)


@rule
def implausible_quantity(facts: ClaimFacts) -> Iterator[Finding]:
    """More than is usually sold at a time here deserves a look."""
    for line in facts.lines:
        place = f"line-{line.position}"
        if line.usual is None:
            if line.quantity > MANY_WITHOUT_HISTORY:
                text = f"{line.quantity} × {line.name} at once, and this shop has no history with it."
                yield _warning("implausible_quantity", text, 15, place)
        elif line.quantity > TIMES_THE_USUAL * line.usual[1]:
            text = f"{line.quantity} × {line.name} is unusual here: {_span(line.usual)} at a time so far."
            yield _warning("implausible_quantity", text, 15, place)
        else:
            yield _passed(
                "implausible_quantity", f"{line.quantity} × {line.name} is usual here: {_span(line.usual)} at a time"
            )


def _span(usual: tuple[int, int]) -> str:
    return str(usual[0]) if usual[0] == usual[1] else f"{usual[0]} to {usual[1]}"


@rule
def velocity(facts: ClaimFacts) -> Iterator[Finding]:
    """Very many claims of one seller in a day deserve a look."""
    if facts.filed_today >= MANY_A_DAY:
        weight = 30 if facts.filed_today >= FLOOD_A_DAY else 15
        text = f"{facts.filed_today} claims were filed for this seller within 24 hours."
        yield _warning("velocity", text, weight)


@rule
def employment(facts: ClaimFacts) -> Iterator[Finding]:
    """The seller worked for the partner on the day of the sale."""
    if facts.employed_since and facts.sold_on and facts.sold_on < facts.employed_since:
        text = f"Sold on {say_day(facts.sold_on)}, before the seller joined on {say_day(facts.employed_since)}."
        yield _warning("employment", text, 20, "sold_on")


@rule
def recorded_sale(facts: ClaimFacts) -> Iterator[Finding]:
    """The shop's own report of the same sale confirms the claim, or says something else."""
    lines = {line.position: line for line in facts.lines}
    for known in facts.recorded:
        line, place = lines[known.position], f"line-{known.position}"
        if known.credited_to not in (None, facts.seller_id):
            text = f"The shop's own report credits the sale of {line.name} to {known.credited_name}."
            yield _warning("recorded_sale", text, 40, place)
        elif known.quantity != line.quantity:
            text = f"The shop's own report says {known.quantity} × {line.name}, the claim {line.quantity}."
            yield _warning("recorded_sale", text, 15, place)
        else:
            yield _passed("recorded_sale", f"{line.name} is confirmed by the shop's own report")
