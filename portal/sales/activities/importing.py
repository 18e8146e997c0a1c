"""Activities from a file: the same row twice changes nothing, the same id with other content is a conflict."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.events import emit
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.sales.activities.events import ActivitiesRecorded
from portal.sales.activities.models import Activity
from portal.sales.products.importing import RowOutcome, parse_day
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("external_id", "participant", "metric", "quantity", "done_on")
OPTIONAL = ("seller",)
METRIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")
QUANTITY = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_Content = tuple[int, int | None, str, int, dt.date]


@dataclass
class _Known:
    """What a file's rows are held against: partners by code, people by e-mail, and what this source sent before."""

    source: str
    partners: dict[str, int]
    people: dict[str, tuple[int, int | None]]
    sent: dict[str, _Content]
    seen: set[str] = field(default_factory=set)


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Add activities; a participant is a partner's code or a person's e-mail."""
    known = _known(source)
    seq = 0 if dry_run else next_seq()
    added: list[_Content] = []
    outcomes = [_import_row(line, row, known, seq, added) for line, row in rows]
    if seq and added:
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "same", "conflict", "error")}
        label = f"Activities from {source}"
        audit.record("activity.imported", kind="import", id=source, label=label, actor=by, after=counts)
        days = [clock.day_number(content[4]) for content in added]
        partners, sellers = {content[0] for content in added}, {content[1] for content in added if content[1]}
        emit(ActivitiesRecorded(source, sorted(partners), sorted(s for s in sellers if s), min(days), max(days)))
    return outcomes


def _known(source: str) -> _Known:
    sent = {
        row.external_id: (row.partner_id, row.seller_id, row.metric, row.quantity, row.done_on)
        for row in session.scalars(select(Activity).where(Activity.source == source))
    }
    partners = {code: number for code, number in session.execute(select(Partner.code, Partner.id))}
    people = {
        email: (number, partner)
        for email, number, partner in session.execute(select(Person.email, Person.id, Person.partner_id))
    }
    return _Known(source, partners, people, sent)


def _import_row(
    line: int, row: Mapping[str, str], known: _Known, seq: int, added: list[_Content]
) -> RowOutcome:  # fmt: skip
    parsed = _parse(line, row, known)
    if isinstance(parsed, list):
        return RowOutcome(line, "error", tuple(parsed))
    key = row["external_id"]
    if key in known.seen:
        sentence = "An earlier line of this file has the same external_id."
        return RowOutcome(line, "error", (RowError(line, "external_id", key[:80], sentence),))
    known.seen.add(key)
    before = known.sent.get(key)
    if before == parsed:
        return RowOutcome(line, "same")
    if before is not None:
        sentence = f"{known.source} sent this id before with other content. Send a correction under a new id."
        return RowOutcome(line, "conflict", (RowError(line, "external_id", key[:80], sentence),))
    if seq:
        _add(parsed, known.source, key, seq)
    added.append(parsed)
    return RowOutcome(line, "new")


def _add(content: _Content, source: str, key: str, seq: int) -> None:
    partner, seller, metric, quantity, done_on = content
    session.add(
        Activity(
            partner_id=partner, seller_id=seller, metric=metric, quantity=quantity, done_on=done_on, source=source,
            external_id=key, seq=seq, recorded_at=clock.now(),
        )
    )  # fmt: skip


def _parse(line: int, row: Mapping[str, str], known: _Known) -> _Content | list[RowError]:
    errors: list[RowError] = []
    key, metric, quantity = row["external_id"], row["metric"], row["quantity"]
    if not key or len(key) > 200 or not key.isprintable():
        errors.append(RowError(line, "external_id", key[:80], "Write an id of 1 to 200 characters."))
    if not METRIC.fullmatch(metric):
        errors.append(RowError(line, "metric", metric[:80], "Name the metric with letters and digits, like trainings."))
    if not QUANTITY.fullmatch(quantity):
        errors.append(RowError(line, "quantity", quantity[:80], "Write a whole number of at most nine digits."))
    day, day_errors = parse_day(row["done_on"], line, "done_on")
    errors += day_errors
    if day is None and not day_errors:
        errors.append(RowError(line, "done_on", "", "The day is missing. Write it like 2026-03-31."))
    who = _who(line, row, known)
    if isinstance(who, RowError):
        errors.append(who)
    if errors or day is None or isinstance(who, RowError):
        return errors
    return (*who, metric, int(quantity), day)


def _who(line: int, row: Mapping[str, str], known: _Known) -> tuple[int, int | None] | RowError:
    """The partner and the person: named as participant, or as the seller of a partner."""
    name, email = row["participant"], row.get("seller", "").lower()
    if "@" in name:
        person, partner = known.people.get(name.lower(), (0, None))
        if partner is None:
            return RowError(line, "participant", name[:80], f"Nobody at a partner has the address {name[:80]}.")
        return partner, person
    code = known.partners.get(name)
    if code is None:
        return RowError(line, "participant", name[:80], f"There is no partner {name[:40]}.")
    if not email:
        return code, None
    person, partner = known.people.get(email, (0, None))
    if partner != code:
        return RowError(line, "seller", email[:80], f"Nobody at {name[:40]} has the address {email[:80]}.")
    return code, person
