"""The state table, and what makes two written numbers the same."""

import pytest

from portal.claims.errors import ClaimMoved
from portal.claims.models import ClaimState, LineState
from portal.claims.rules import ALLOWED, WORDS, check_move, has_serials, is_safe, normalize_key, outcome


def test_every_state_is_in_the_table_and_has_words():
    assert set(ALLOWED) == set(ClaimState) == set(WORDS)


@pytest.mark.parametrize("current", list(ClaimState))
@pytest.mark.parametrize("following", list(ClaimState))
def test_a_step_outside_the_table_is_refused_in_words(current: ClaimState, following: ClaimState):
    if following in ALLOWED[current]:
        check_move(current, following)
    else:
        with pytest.raises(ClaimMoved, match="already"):
            check_move(current, following)


def test_what_is_decided_against_stays_decided():
    assert not any(ALLOWED[state] for state in (ClaimState.REJECTED, ClaimState.WITHDRAWN, ClaimState.REVERSED))


@pytest.mark.parametrize("written", ["fb 1042", "FB-1042", " Fb/1042 ", "ＦＢ－１０４２", "fb.10 42"])
def test_an_invoice_number_is_the_same_however_it_is_written(written: str):
    assert normalize_key(written) == "FB1042"


@pytest.mark.parametrize("written", [None, "", " - ", "…"])
def test_what_holds_no_letter_or_digit_is_no_number(written: str | None):
    assert normalize_key(written) is None


def test_a_claim_is_as_approved_as_its_lines():
    assert outcome([LineState.APPROVED, LineState.APPROVED]) is ClaimState.APPROVED
    assert outcome([LineState.APPROVED, LineState.REJECTED]) is ClaimState.PARTIALLY_APPROVED
    assert outcome([LineState.REJECTED]) is ClaimState.REJECTED


def test_only_a_waiting_claim_without_errors_and_little_risk_is_safe():
    assert is_safe(ClaimState.SUBMITTED, 5, 0)
    assert not is_safe(ClaimState.SUBMITTED, 10, 0)
    assert not is_safe(ClaimState.SUBMITTED, 0, 1)
    assert not is_safe(ClaimState.INFO_REQUESTED, 0, 0)


def test_bikes_carry_serial_numbers_and_helmets_do_not():
    assert has_serials("Bikes / Road Bikes")
    assert has_serials("Bikes")
    assert not has_serials("Bikes accessories")
    assert not has_serials("Accessories / Helmets")
