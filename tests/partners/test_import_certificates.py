"""Certificates from a file: by command and in the browser, checked in words, one row for one day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.partners.certificates.importing import import_rows
from portal.partners.certificates.models import Certificate
from portal.sales.imports.row_kinds import KINDS
from tests.people import Cast, add_cast

Row = dict[str, str]


def _row(holder: str, name: str = "Fitter", since: str = "2026-01-01", until: str = "") -> Row:
    return {"holder": holder, "certificate": name, "valid_from": since, "valid_until": until}


def _import(*rows: Row, dry_run: bool = False) -> list[tuple[str, list[str]]]:
    with transaction():
        found = import_rows(list(enumerate(rows, 2)), "school", dry_run=dry_run)
    return [(str(one.outcome), [error.sentence for error in one.errors]) for one in found]


def _held() -> list[tuple[int | None, int | None, str, dt.date | None]]:
    with transaction():
        rows = session.scalars(select(Certificate).order_by(Certificate.id)).all()
        return [(row.partner_id, row.person_id, row.name, row.valid_until) for row in rows]


def _cast() -> Cast:
    return add_cast()


def test_shops_and_people_hold_what_the_file_says_and_are_calculated_again(db: object) -> None:
    cast = _cast()
    rows = (_row("AW00000290"), _row(cast.seller.email.upper(), until="2027-01-01"), _row("AW00000290", "Master"))
    assert _import(*rows, dry_run=True) == [("new", [])] * 3
    assert _held() == []
    assert _import(*rows) == [("new", [])] * 3
    assert _held() == [
        (cast.shop.id, None, "Fitter", None), (None, cast.seller.id, "Fitter", dt.date(2027, 1, 1)),
        (cast.shop.id, None, "Master", None),
    ]  # fmt: skip
    with transaction():
        facts = session.scalars(select(OutboxRow).where(OutboxRow.fact == "CertificateRecorded")).all()
        assert len(facts) == 1


def test_the_same_row_changes_nothing_and_another_end_is_a_newer_row(db: object) -> None:
    _cast()
    assert _import(_row("AW00000290")) == [("new", [])]
    assert _import(_row("AW00000290")) == [("same", [])]
    assert _import(_row("AW00000290", until="2026-06-01")) == [("changed", [])]
    assert [until for *_, until in _held()] == [None, dt.date(2026, 6, 1)]


def test_what_is_wrong_is_said_cell_by_cell(db: object) -> None:
    cast = _cast()
    found = _import(
        _row("NOBODY"), _row("nobody@example.com"), _row(cast.admin.email), _row("AW00000290", " "),
        _row("AW00000290", since="1 May"), _row("AW00000290", since=""), _row("AW00000290", until="2026-01-01"),
        _row("AW00000290"), _row("AW00000290", until="2027-01-01"),
    )  # fmt: skip
    assert [outcome for outcome, _ in found] == ["error"] * 7 + ["new", "error"]
    said = [sentences[0] for _, sentences in found if sentences]
    assert said == [
        "There is no partner NOBODY.", "No partner’s person has the address nobody@example.com.",
        f"No partner’s person has the address {cast.admin.email}.", "Name the certificate, in at most 120 letters.",
        "Write the day like 2026-09-30.", "Write the day like 2026-09-30.", "It ends before it begins.",
        "Line 9 already names this certificate from the same day.",
    ]  # fmt: skip


def test_the_kind_is_offered_wherever_files_are_brought_in() -> None:
    assert KINDS["certificates"].required == ("holder", "certificate", "valid_from")
