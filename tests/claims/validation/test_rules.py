"""The checks, one by one: each finding explains itself in a sentence."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from portal.claims.models import Severity
from portal.claims.validation.facts import ClaimFacts, Finding, LineFacts, Recorded, Twin
from portal.claims.validation.rules import REGISTRY, check_all, total_risk

TODAY = dt.date(2026, 11, 19)
HELMET = LineFacts(1, "HL-U509", "Sport-100 Helmet", is_active=True, quantity=4, usual=(2, 6))
BIKE = LineFacts(1, "BK-1", "Mountain-100", True, 1, serial_no="S-1", serial_key="S1", needs_serial=True)
GOOD = ClaimFacts(
    seller_id=1,
    partner_id=1,
    today=TODAY,
    sold_on=TODAY,
    window_days=30,
    invoice_no="FB-1042",
    invoice_key="FB1042",
    proofs=1,
    lines=(HELMET,),
)
OWN = Twin(7, "C-1007", "FB-1042", 1, "Ana Ruiz", 1, "Friendly Bike Shop")
COLLEAGUE = dataclasses.replace(OWN, seller_id=2, seller_name="Bo Lind")
STRANGER = dataclasses.replace(OWN, seller_id=9, seller_name="Rob Vance", partner_id=2, partner_name="Rival")


def check(**changes: object) -> list[Finding]:
    return check_all(dataclasses.replace(GOOD, **changes))  # type: ignore[arg-type]


def of(found: list[Finding], severity: Severity) -> list[Finding]:
    return [finding for finding in found if finding.severity is severity]


def test_a_good_claim_passes_and_says_what_was_checked():
    found = check()
    assert {finding.severity for finding in found} == {Severity.INFO}
    assert [finding.sentence for finding in found] == [
        "Sold 19 Nov 2026, inside the claim window",
        "Invoice is new across all partners",
        "4 × Sport-100 Helmet is usual here: 2 to 6 at a time",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"lines": ()}, "lines", "Add at least one product"),
        ({"sold_on": None}, "sold_on", "which day"),
        ({"sold_on": TODAY + dt.timedelta(days=1)}, "sold_on", "20 Nov 2026 is in the future"),
        ({"sold_on": TODAY - dt.timedelta(days=31)}, "sold_on", "the 30 days in which it could be claimed ended on"),
        ({"invoice_key": None}, "invoice_no", "Enter the invoice number"),
        ({"proofs": 0}, "photo", "Add a photo or PDF"),
        ({"lines": (dataclasses.replace(HELMET, is_active=False),)}, "line-1", "not in the product list"),
        ({"lines": (dataclasses.replace(BIKE, serial_key=None),)}, "serial-1", "Enter the serial number"),
        ({"lines": (dataclasses.replace(BIKE, quantity=2),)}, "serial-1", "belongs to one unit, not 2"),
        ({"lines": (BIKE, dataclasses.replace(BIKE, position=2))}, "serial-1", "is on two lines"),
        ({"same_invoice": (OWN,)}, "invoice_no", "You have already claimed invoice FB-1042"),
        ({"same_invoice": (COLLEAGUE,)}, "invoice_no", "Bo Lind of your shop has already claimed"),
        (
            {"lines": (BIKE,), "same_serial": (dataclasses.replace(OWN, shared="S1"),)},
            "serial-1",
            "You have already claimed serial number S-1",
        ),
    ],
)
def test_what_blocks_filing_says_where_and_why(changes: dict[str, object], field: str, words: str):
    errors = of(check(**changes), Severity.ERROR)
    assert (errors[0].field, words in errors[0].sentence) == (field, True), errors[0].sentence


@pytest.mark.parametrize(
    ("changes", "weight", "words"),
    [
        ({"same_invoice": (STRANGER,)}, 30, "Rival claimed an invoice FB-1042 too (C-1007)"),
        ({"same_photo": (STRANGER,)}, 35, "The same photo was filed with C-1007 of Rival"),
        ({"lines": (dataclasses.replace(HELMET, quantity=19),)}, 15, "is unusual here: 2 to 6 at a time"),
        ({"lines": (dataclasses.replace(HELMET, quantity=21, usual=None),)}, 15, "has no history with it"),
        ({"filed_today": 12}, 15, "12 claims were filed for this seller within 24 hours"),
        ({"filed_today": 30}, 30, "30 claims"),
        ({"lines": (BIKE,), "sold_serials": {"S1": "Rival"}}, 40, "already recorded as sold by Rival"),
        ({"lines": (BIKE,), "same_serial": (dataclasses.replace(STRANGER, shared="S1"),)}, 40, "a credit dispute"),
        ({"employed_since": TODAY + dt.timedelta(days=1)}, 20, "before the seller joined"),
        (
            {"recorded": (Recorded(1, 4, 2, "Bo Lind"),)},
            40,
            "credits the sale of Sport-100 Helmet to Bo Lind",
        ),
        ({"recorded": (Recorded(1, 3, None, ""),)}, 15, "own report says 3 × Sport-100 Helmet, the claim 4"),
    ],
)
def test_what_deserves_a_look_adds_risk_and_is_told_to_reviewers_only(
    changes: dict[str, object], weight: int, words: str
):
    warnings = of(check(**changes), Severity.WARNING)
    assert [(finding.weight, words in finding.sentence) for finding in warnings] == [(weight, True)]
    assert not warnings[0].for_partner


def test_a_twin_is_linked():
    assert of(check(same_invoice=(OWN,)), Severity.ERROR)[0].twin_claim_id == 7
    assert of(check(same_invoice=(STRANGER,)), Severity.WARNING)[0].twin_claim_id == 7


def test_a_dispute_is_told_to_the_seller_without_naming_the_other_side():
    found = check(lines=(BIKE,), same_serial=(dataclasses.replace(STRANGER, shared="S1"),))
    told = [finding.sentence for finding in found if finding.for_partner]
    assert any("claimed by somebody else" in sentence for sentence in told)
    assert not any("Rival" in sentence or "Rob" in sentence for sentence in told)


def test_a_sale_on_the_last_day_of_the_window_may_be_claimed():
    assert of(check(sold_on=TODAY - dt.timedelta(days=30)), Severity.ERROR) == []


def test_what_the_shops_own_report_confirms_passes():
    found = check(recorded=(Recorded(1, 4, None, ""),))
    assert "Sport-100 Helmet is confirmed by the shop's own report" in [finding.sentence for finding in found]


def test_findings_come_worst_first():
    found = check(proofs=0, filed_today=12, same_invoice=(STRANGER,))
    order = [finding.severity for finding in found]
    assert order == sorted(order, key=list(Severity).index)
    assert of(found, Severity.WARNING)[0].weight == 30


def test_risk_is_the_sum_of_weights_up_to_a_hundred():
    assert total_risk([5, 15]) == 20
    assert total_risk([]) == 0
    assert total_risk([40, 40, 40]) == 100


def test_every_rule_is_registered_under_its_own_name():
    assert all(check.__name__ == name for name, check in REGISTRY.items())
    assert len(REGISTRY) == 12
