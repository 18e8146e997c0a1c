"""Partners from a file: every row is checked in words first, then new ones are made and changed ones are dated."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.audit import services as audit
from portal.core import clock
from portal.core.errors import PortalError
from portal.core.money import known_currency
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.ledger.services import ensure_owners
from portal.partners.organizations.models import Partner, PartnerType
from portal.partners.organizations.queries import find_partners_by_code, timeline_of
from portal.partners.organizations.rules import VALUE_NAMES, Values, clean_code, differing, in_force
from portal.partners.organizations.services import record_change, write_partner
from portal.partners.people.rules import clean_email
from portal.partners.territories.services import ensure_territory
from portal.partners.tiers.services import set_tier
from portal.security.viewer import SYSTEM, Viewer

COLUMNS = ("code", "name", "type", "parent", "territory", "segment", "tier", "country", "currency", "email")
OPTIONAL_COLUMNS = ("valid_from",)
_LIMITS = {"name": 200, "territory": 80, "segment": 80, "tier": 40, "country": 80}


class Outcome(enum.StrEnum):
    """What a row did; CHANGED means dated values hold from a day on."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    CONFLICT = "conflict"
    ERROR = "error"


@dataclass(frozen=True)
class ParsedPartner:
    """A row whose cells are all well formed."""

    line: int
    code: str
    name: str
    type: str
    parent: str
    territory: str
    segment: str
    tier: str
    country: str
    currency: str
    email: str
    valid_from: dt.date | None

    def values(self, parent_id: int | None) -> Values:
        """The dated values of the row."""
        return Values(
            type=self.type, tier=self.tier, territory=self.territory, segment=self.segment, parent_id=parent_id,
            country=self.country,
        )  # fmt: skip


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row, with the complaints about it."""

    line: int
    outcome: Outcome
    errors: tuple[RowError, ...] = field(default=())


def check_partner_row(row: Mapping[str, str], line: int) -> ParsedPartner | list[RowError]:
    """Check the cells of one row without the database."""
    cells = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *OPTIONAL_COLUMNS)}
    errors = [*_text_errors(cells, line), *_word_errors(cells, line)]
    day, day_errors = _day(cells["valid_from"], line)
    errors += day_errors
    if errors:
        return errors
    plain = {name: cells[name] for name in COLUMNS if name not in ("type", "email")}
    return ParsedPartner(
        line=line, **plain, type=cells["type"] or PartnerType.RESELLER.value, email=cells["email"].lower(),
        valid_from=day,
    )  # fmt: skip


def _text_errors(cells: Mapping[str, str], line: int) -> Iterable[RowError]:
    for name, value in cells.items():
        if "\x00" in value or not value.isprintable():
            yield RowError(line, name, value[:60].replace("\x00", ""), "This cell holds an invisible character.")
        elif len(value) > _LIMITS.get(name, 254):
            yield RowError(line, name, value[:60], f"This is longer than {_LIMITS.get(name, 254)} characters.")
    if not cells["name"]:
        yield RowError(line, "name", "", "A partner needs a name.")


def _word_errors(cells: Mapping[str, str], line: int) -> Iterable[RowError]:
    yield from _refused(lambda: clean_code(cells["code"]), line, "code", cells["code"])
    if cells["type"] and cells["type"] not in set(PartnerType):
        yield RowError(line, "type", cells["type"], f"No type of partner. Use one of: {', '.join(PartnerType)}.")
    if not known_currency(cells["currency"]):
        yield RowError(line, "currency", cells["currency"], "No currency code. Use three letters such as USD.")
    if cells["email"]:
        yield from _refused(lambda: clean_email(cells["email"]), line, "email", cells["email"])
    if cells["parent"] and cells["parent"] == cells["code"]:
        yield RowError(line, "parent", cells["parent"], "A partner cannot belong to itself.")


def _refused(check: Any, line: int, column: str, value: str) -> Iterable[RowError]:
    try:
        check()
    except PortalError as error:
        yield RowError(line, column, value[:60], error.sentence)


def _day(text: str, line: int) -> tuple[dt.date | None, list[RowError]]:
    if not text:
        return None, []
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text), []
    except ValueError:
        pass
    return None, [RowError(line, "valid_from", text[:60], "Write the day like 2026-09-30.")]


def check_rows(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[ParsedPartner], list[RowOutcome]]:
    """Check rows (line number, cells): the usable ones, and the outcomes of those that are not."""
    parsed: dict[str, ParsedPartner] = {}
    refused: list[RowOutcome] = []
    for line, row in rows:
        checked = check_partner_row(row, line)
        if isinstance(checked, list):
            refused.append(RowOutcome(line, Outcome.ERROR, tuple(checked)))
        elif checked.code in parsed:
            sentence = f"Line {parsed[checked.code].line} already names this code."
            refused.append(RowOutcome(line, Outcome.ERROR, (RowError(line, "code", checked.code, sentence),)))
        else:
            parsed[checked.code] = checked
    return list(parsed.values()), refused


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Bring rows (line number, cells) into the database and say per row what happened, in the order of lines.

    New partners hold their values from the first of all days; a known one changes from `valid_from` (today) on.
    A parent may stand anywhere in the file. With `dry_run` nothing is written.
    """
    parsed, outcomes = check_rows(rows)
    run = _Run.begin(parsed, by, dry_run)
    waiting, codes = parsed, {row.code for row in parsed}
    done: set[str] = set()
    while waiting:
        ready = [row for row in waiting if row.parent not in codes or row.parent in done]
        if not ready:
            break
        outcomes += [_import_row(row, run, codes) for row in ready]
        done |= {row.code for row in ready}
        waiting = [row for row in waiting if row.code not in done]
    outcomes += [_error(row, "parent", row.parent, "The parents named here form a circle.") for row in waiting]
    if not dry_run:
        _record(outcomes, source, by)
    return sorted(outcomes, key=lambda outcome: outcome.line)


@dataclass(frozen=True)
class _Run:
    """What all rows of one import share: looked up once, not once a row."""

    by: Viewer
    dry_run: bool
    seq: int
    known: dict[str, Partner]
    owners: dict[str, int]
    territories: dict[str, int]

    @classmethod
    def begin(cls, parsed: Sequence[ParsedPartner], by: Viewer, dry_run: bool) -> _Run:
        known = find_partners_by_code([row.code for row in parsed] + [row.parent for row in parsed])
        if dry_run:
            return cls(by, dry_run, 0, known, {}, {})
        owners = ensure_owners(("partner", row.code) for row in parsed)
        places = {row.territory: row.country for row in parsed if row.territory}
        return cls(
            by, dry_run, next_seq(), known, {code: owner.id for (_, code), owner in owners.items()},
            {name: ensure_territory(name, country=country).id for name, country in places.items()},
        )  # fmt: skip


def _import_row(row: ParsedPartner, run: _Run, file_codes: set[str]) -> RowOutcome:
    parent, partner = run.known.get(row.parent), run.known.get(row.code)
    if row.parent and parent is None and not (run.dry_run and row.parent in file_codes):
        return _error(row, "parent", row.parent, "No partner has this code.")
    if partner is not None and partner.currency != row.currency:
        complaint = RowError(row.line, "currency", row.currency, f"{row.code} is kept in {partner.currency}.")
        return RowOutcome(row.line, Outcome.CONFLICT, (complaint,))
    values = row.values(parent.id if parent else None)
    if partner is None:
        if not run.dry_run:
            _insert(row, values, run)
        return RowOutcome(row.line, Outcome.NEW)
    changes = _changes(row, partner, values)
    profile = (partner.name, partner.email) != (row.name, row.email)
    if not run.dry_run and (changes or profile):
        return _update(row, partner, changes, run)
    return RowOutcome(row.line, Outcome.CHANGED if changes or profile else Outcome.SAME)


def _insert(row: ParsedPartner, values: Values, run: _Run) -> None:
    run.known[row.code] = write_partner(
        row.code, row.name, values, currency=row.currency, email=row.email, seq=run.seq, by=run.by,
        owner_id=run.owners[row.code], territory_id=run.territories.get(row.territory),
    )  # fmt: skip


def _changes(row: ParsedPartner, partner: Partner, values: Values) -> dict[str, Any]:
    base = in_force(timeline_of(partner.id), row.valid_from or clock.today())
    return differing(base, {name: getattr(values, name) for name in VALUE_NAMES})


def _update(row: ParsedPartner, partner: Partner, changes: dict[str, Any], run: _Run) -> RowOutcome:
    day = row.valid_from or clock.today()
    plain = {name: value for name, value in changes.items() if name != "tier"}
    try:
        record_change(partner, plain, valid_from=day, seq=run.seq, reason="Import", by=run.by)
        if "tier" in changes:
            set_tier(partner, row.tier, day, "Import", run.by)
    except PortalError as error:
        return _error(row, error.field or "code", row.parent, error.sentence)
    partner.name, partner.email = row.name, row.email
    return RowOutcome(row.line, Outcome.CHANGED)


def _error(row: ParsedPartner, column: str, value: str, sentence: str) -> RowOutcome:
    return RowOutcome(row.line, Outcome.ERROR, (RowError(row.line, column, value, sentence),))


def _record(outcomes: Sequence[RowOutcome], source: str, by: Viewer) -> None:
    counts = {kind.value: sum(outcome.outcome is kind for outcome in outcomes) for kind in Outcome}
    if counts[Outcome.NEW] or counts[Outcome.CHANGED]:
        label = f"Partners from {source}"
        audit.record("partner.imported", kind="import", id=source, label=label, actor=by, after=counts)
