"""Partners from a file."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.partners.organizations.importing import (
    COLUMNS,
    Outcome,
    RowOutcome,
    check_partner_row,
    check_rows,
    import_rows,
)
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import find_partner_by_code, timeline_of
from portal.partners.tiers.queries import tier_on

Db = scoped_session[Session]


def row(code: str, **cells: str) -> dict[str, str]:
    plain = {"code": code, "name": f"Shop {code}", "type": "reseller", "territory": "Northwest", "currency": "USD"}
    return dict.fromkeys(COLUMNS, "") | plain | cells


def bring(*rows: dict[str, str], dry_run: bool = False) -> list[RowOutcome]:
    with transaction():
        return import_rows(list(enumerate(rows, start=2)), "partners.csv", dry_run=dry_run)


def words(outcomes: list[RowOutcome]) -> list[str]:
    return [outcome.outcome.value for outcome in outcomes]


def test_the_same_file_twice_changes_nothing_and_says_so(db: Db) -> None:
    assert words(bring(row("A"), row("B", parent="A"))) == ["new", "new"]
    assert words(bring(row("A"), row("B", parent="A"))) == ["same", "same"]
    assert db.query(Partner).count() == 2


def test_a_parent_may_stand_below_its_branch(db: Db) -> None:
    assert words(bring(row("B", parent="A"), row("A"))) == ["new", "new"]
    branch, parent = find_partner_by_code("B"), find_partner_by_code("A")
    assert branch is not None
    assert parent is not None
    assert branch.parent_id == parent.id


def test_a_changed_row_holds_from_the_named_day_or_today(db: Db) -> None:
    bring(row("A", tier="silver"), row("B"))
    assert words(bring(row("A", tier="gold", valid_from="2026-03-01"), row("B", segment="Chain"))) == ["changed"] * 2
    partner, other = find_partner_by_code("A"), find_partner_by_code("B")
    assert partner is not None
    assert other is not None
    assert tier_on(partner.id, dt.date(2026, 2, 28)) == "silver"
    assert tier_on(partner.id, dt.date(2026, 3, 1)) == "gold"
    assert timeline_of(other.id)[-1].valid_from == clock.today()
    assert words(bring(row("B", segment="Chain", email="New@shop.example"))) == ["changed"]


def test_another_currency_is_a_conflict_and_changes_nothing(db: Db) -> None:
    bring(row("A"))
    (outcome,) = bring(row("A", currency="CAD", segment="Chain"))
    assert outcome.outcome is Outcome.CONFLICT
    assert outcome.errors[0].sentence == "A is kept in USD."
    assert find_partner_by_code("A").segment == ""


def test_an_unknown_parent_and_a_circle_are_errors_of_their_rows(db: Db) -> None:
    outcomes = bring(row("A", parent="B"), row("B", parent="A"), row("C", parent="Z"), row("D"))
    assert words(outcomes) == ["error", "error", "error", "new"]
    assert "circle" in outcomes[0].errors[0].sentence
    assert outcomes[2].errors[0].column == "parent"


def test_a_change_that_would_close_a_circle_is_an_error(db: Db) -> None:
    bring(row("A"), row("B", parent="A"))
    (outcome,) = bring(row("A", parent="B"))
    assert outcome.outcome is Outcome.ERROR


def test_a_trial_run_foresees_and_writes_nothing(db: Db) -> None:
    bring(row("A"))
    rows = (row("A"), row("A2"), row("B", parent="A2"), row("C", parent="Z"))
    assert words(bring(*rows, dry_run=True)) == ["same", "new", "new", "error"]
    assert words(bring(row("A", tier="gold"), dry_run=True)) == ["changed"]
    assert db.query(Partner).count() == 1


def test_a_code_twice_in_a_file_names_the_first_line(db: Db) -> None:
    parsed, refused = check_rows([(2, row("A")), (3, row("A"))])
    assert len(parsed) == 1
    assert refused[0].errors[0].sentence == "Line 2 already names this code."


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"code": "a b"}, "code"), ({"code": ""}, "code"), ({"name": ""}, "name"), ({"type": "shop"}, "type"),
        ({"currency": "USDX"}, "currency"), ({"email": "nobody"}, "email"), ({"parent": "A"}, "parent"),
        ({"valid_from": "1 March"}, "valid_from"), ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"tier": "x" * 41}, "tier"), ({"segment": "a\x00b"}, "segment"), ({"segment": "\ud800"}, "segment"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_named_with_its_line_and_column(cells: dict[str, str], column: str) -> None:
    errors = check_partner_row(row("A") | cells, 7)
    assert isinstance(errors, list)
    assert [(error.line, error.column) for error in errors] == [(7, column)]
    assert all(error.sentence for error in errors)


def test_a_row_without_a_type_is_a_reseller() -> None:
    parsed = check_partner_row(row("A", type=""), 2)
    assert not isinstance(parsed, list)
    assert parsed.type == "reseller"
