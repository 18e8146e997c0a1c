"""Deciding what a name means, once for each source; a decision can be undone."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

from sqlalchemy import select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import emit
from portal.sales.imports.models import ImportJob, NameAlias, WaitingRow
from portal.sales.imports.sales_columns import REQUIRED
from portal.sales.imports.services import digest_of
from portal.sales.journal.corrections import reverse_line
from portal.sales.journal.models import SaleLine
from portal.sales.journal.queries import find_line, is_reversed
from portal.sales.journal.rules import next_version_id
from portal.sales.matching.events import NameMatched
from portal.sales.matching.queries import find_target
from portal.security.viewer import Viewer


def match_name(
    source: str, noun: str, name: str, code: str, *, by: Viewer, valid_from: dt.date = clock.FIRST_DAY
) -> NameAlias:
    """Remember that this source means `code` when it writes `name`."""
    target = find_target(noun, code.strip())
    if target is None:
        raise InvalidInput(f"There is no {'partner' if noun == 'partner' else 'product'} “{code[:60]}”.", field="code")
    standing = select(NameAlias).where(
        NameAlias.source == source, NameAlias.noun == noun, NameAlias.name == name, NameAlias.undone_at.is_(None)
    )
    if session.scalar(standing) is not None:
        raise Conflict(f"“{name}” of {source} is decided already. Undo that decision first.", field="code")
    alias = NameAlias(
        source=source, noun=noun, name=name, target_id=target, valid_from=valid_from, decided_at=clock.now(),
        decided_by_id=by.person_id,
    )  # fmt: skip
    session.add(alias)
    session.flush()
    emit(NameMatched(alias_id=alias.id, source=source, noun=noun, name=name, target_id=target))
    after = {"source": source, "name": name, "means": code}
    audit.record("name.matched", kind="name", id=alias.id, label=name, after=after, actor=by)
    return alias


def lay_out_waiting_rows(alias: NameAlias, folder: Path, *, by: Viewer) -> ImportJob:
    """An import of the rows that waited for this name; rows still waiting for another name stay."""
    query = select(WaitingRow).where(
        WaitingRow.source == alias.source, WaitingRow.noun == alias.noun, WaitingRow.name == alias.name,
        WaitingRow.state == "waiting",
    )  # fmt: skip
    rows = session.scalars(query.order_by(WaitingRow.id)).all()
    cells = [_with_free_id(json.loads(row.row), alias.source) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"match-{alias.id}.csv"
    columns = list(dict.fromkeys(name for row in cells for name in row)) or [*REQUIRED, "amount"]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(cells)
    job = _job_of(alias, path, folder, by)
    alias.import_job_id = job.id
    _settle(alias, "settled")
    return job


def _with_free_id(row: dict[str, str], source: str) -> dict[str, str]:
    """A row whose line was reversed when an earlier decision was undone comes back as a new version."""
    line = find_line(source, row["external_id"])
    version = 2
    while line is not None and is_reversed(line.id):
        row = row | {"external_id": next_version_id(line.external_id, version)}
        line, version = find_line(source, row["external_id"]), version + 1
    return row


def _job_of(alias: NameAlias, path: Path, folder: Path, by: Viewer) -> ImportJob:
    origin = session.scalars(
        select(ImportJob).join(WaitingRow, WaitingRow.import_job_id == ImportJob.id)
        .where(WaitingRow.source == alias.source, WaitingRow.name == alias.name).limit(1)
    ).first()  # fmt: skip
    job = ImportJob(
        kind="sales", source=alias.source, mode="rerun", flow=origin.flow if origin else "sell_in",
        filename=f"Rows that waited for {alias.name}"[:200], path=str(path), folder="", file_digest=digest_of(path),
        created_at=clock.now(), by_person_id=by.person_id, notes="",
    )  # fmt: skip
    session.add(job)
    session.flush()
    job.folder = str(folder / f"import-{job.id}")
    return job


def _settle(alias: NameAlias, state: str) -> None:
    session.execute(
        update(WaitingRow)
        .where(WaitingRow.source == alias.source, WaitingRow.noun == alias.noun, WaitingRow.name == alias.name)
        .values(state=state, settled_at=clock.now() if state == "settled" else None)
    )


def undo_match(alias: NameAlias, *, by: Viewer) -> int:
    """Forget a decision: what it had let in is reversed, and its rows wait again. Returns how many lines."""
    lines = _lines_let_in(alias)
    for line in lines:
        reverse_line(line, by=by, reason=f"“{alias.name}” had been matched wrongly")
    alias.undone_at, alias.undone_by_id = clock.now(), by.person_id
    _settle(alias, "waiting")
    audit.record("name.undone", kind="name", id=alias.id, label=alias.name, after={"reversed": len(lines)}, actor=by)
    return len(lines)


def _lines_let_in(alias: NameAlias) -> list[SaleLine]:
    job = session.get(ImportJob, alias.import_job_id) if alias.import_job_id else None
    if job is None or job.batch_id is None:
        return []
    lines = session.scalars(select(SaleLine).where(SaleLine.batch_id == job.batch_id).order_by(SaleLine.id.desc()))
    return [line for line in lines if not is_reversed(line.id)]
