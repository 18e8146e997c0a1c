"""Long work on imports, in short transactions; safe to run twice, and a killed run is taken up where it stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import Conflict, PortalError
from portal.core.rows import RowError
from portal.core.sequence import current_seq
from portal.sales.errors import FileRefused, PartsLost
from portal.sales.imports import waiting
from portal.sales.imports.findings import Findings, ragged_frame, write_errors
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.posting import part_path, post_part
from portal.sales.imports.queries import list_sources
from portal.sales.imports.replacing import check_replacement, copy_credits
from portal.sales.imports.row_kinds import KINDS, open_row_file, read_row_file
from portal.sales.imports.rules import new_source_notes
from portal.sales.imports.sales_check import check_sales
from portal.sales.imports.services import (
    begin_check,
    begin_post,
    clean_up,
    errors_path,
    fail_import,
    is_at_work,
    parts_folder,
    take_lease,
)
from portal.sales.journal.models import JournalBatch
from portal.sales.journal.services import confirm_batch
from portal.security.viewer import SYSTEM, Viewer


class Canceled(Exception):
    """Somebody canceled the import while this process worked on it."""


def _job(job_id: int) -> ImportJob:
    return session.scalars(
        select(ImportJob).where(ImportJob.id == job_id).execution_options(populate_existing=True)
    ).one()


def check_import(job_id: int) -> ImportJob:
    """Check a file and store what was found; a file that cannot be read ends as failed, with its sentence."""
    with transaction():
        begin_check(_job(job_id))
    try:
        found = _check(_job(job_id))
    except FileRefused as error:
        with transaction():
            fail_import(_job(job_id), error.sentence)
        raise
    except Canceled:
        return _finish_canceled(job_id)
    with transaction():
        job = _job(job_id)
        if job.state == ImportState.CANCELED:
            clean_up(job)
        else:
            _store(job, found)
    return _job(job_id)


def _check(job: ImportJob) -> Findings:
    folder = parts_folder(job)
    if job.kind in KINDS:
        return _check_rows(job)
    if job.mode == "replace":
        return check_replacement(job, folder, _progress_of(job.id))
    found = check_sales(
        Path(job.path), folder, source=job.source, flow=job.flow, progress=_progress_of(job.id),
        own_ids=job.mode == "rerun",
    )  # fmt: skip
    found.notes += new_source_notes(job.source, list_sources())
    return found


def _progress_of(job_id: int):  # type: ignore[no-untyped-def]
    def progress(rows: int) -> None:
        with transaction():
            job = _job(job_id)
            if job.state != ImportState.CHECKING:
                raise Canceled
            job.done_rows = rows
            take_lease(job)

    return progress


def _check_rows(job: ImportJob, *, dry_run: bool = True, by: Viewer = SYSTEM) -> Findings:
    """Files of few rows: what each row would do, or did."""
    ragged: list[RowError] = []
    file = open_row_file(Path(job.path), job.kind)
    rows = list(read_row_file(file, ragged))
    outcomes = KINDS[job.kind].import_rows(rows, job.source, by, dry_run=dry_run)
    found = Findings(total=len(rows) + len(ragged))
    if file.header.ignored:
        found.notes.append("Columns that are not known here and were left out: " + ", ".join(file.header.ignored) + ".")
    for outcome in outcomes:
        kind = str(outcome.outcome)
        found.new += kind == "new"
        found.same += kind == "same"
        found.changed += kind == "changed"
    found.refuse(ragged_frame([*ragged, *(e for o in outcomes if str(o.outcome) == "error" for e in o.errors)]))
    found.conflicts = ragged_frame([e for o in outcomes if str(o.outcome) == "conflict" for e in o.errors])
    rounded = sum(bool(o.errors) for o in outcomes if str(o.outcome) in ("new", "same", "changed"))
    if rounded:
        found.notes.append(f"{rounded} numbers had more than ten decimals and were rounded to the tenth.")
    return found


def _store(job: ImportJob, found: Findings) -> None:
    job.state, job.lease_until = ImportState.CHECKED, None
    job.total, job.new, job.same, job.changed = found.total, found.new, found.same, found.changed
    job.conflict, job.error, job.reversed = found.conflict, found.error, found.reversed
    job.waiting, job.done_rows = found.waiting, 0
    job.notes = json.dumps({"notes": found.notes, "parts": found.parts}, ensure_ascii=False)
    write_errors(errors_path(job), found)
    session.flush()


def notes_of(job: ImportJob) -> list[str]:
    """What the check had to say about the file as a whole."""
    return list(json.loads(job.notes)["notes"]) if job.notes else []


def _parts_of(job: ImportJob) -> int:
    return int(json.loads(job.notes)["parts"])


def post_import(job_id: int, *, by: Viewer = SYSTEM) -> ImportJob:
    """Post a checked import, or go on with one that a killed process left. Rows count after the last step only."""
    job = _fresh_enough(_job(job_id))
    if job.kind in KINDS:
        return _post_rows(job_id, by)
    with transaction():
        begin_post(_job(job_id))
    try:
        while _post_next_part(job_id):
            pass
        with transaction():
            _confirm(_job(job_id), by)
    except Canceled:
        return _finish_canceled(job_id)
    except FileNotFoundError as error:
        lost = PartsLost()
        with transaction():
            fail_import(_job(job_id), lost.sentence)
        raise lost from error
    shutil.rmtree(parts_folder(_job(job_id)), ignore_errors=True)
    return _job(job_id)


def _fresh_enough(job: ImportJob) -> ImportJob:
    """Check again when the journal has moved since; other figures than those shown are not posted."""
    if job.state != ImportState.CHECKED or job.checked_seq == current_seq():
        return job
    shown = (job.new, job.same, job.changed, job.conflict, job.error, job.reversed)
    job = check_import(job.id)
    if shown != (job.new, job.same, job.changed, job.conflict, job.error, job.reversed):
        raise Conflict(
            "The journal has changed since this file was checked. Look at the new figures and confirm again."
        )
    return job


def _post_next_part(job_id: int) -> bool:
    """Post one part in one transaction; whether there was one."""
    with transaction():
        job = _job(job_id)
        if job.state != ImportState.POSTING:
            raise Canceled
        if job.done_parts >= _parts_of(job):
            return False
        batch = session.get_one(JournalBatch, job.batch_id)
        job.done_rows += post_part(part_path(parts_folder(job), job.done_parts), batch)
        job.done_parts += 1
        take_lease(job)
    return True


def _confirm(job: ImportJob, by: Viewer) -> None:
    if job.state != ImportState.POSTING:
        raise Canceled
    batch = session.get_one(JournalBatch, job.batch_id)
    if job.done_rows:
        seq = confirm_batch(batch, by=by)
        if job.mode == "replace":
            copy_credits(batch, seq)
    else:
        clean_up(job)
    waiting.keep_waiting_rows(job)
    _end(job, by)


def _end(job: ImportJob, by: Viewer) -> None:
    job.state, job.finished_at, job.lease_until = ImportState.DONE, clock.now(), None
    counts = {name: getattr(job, name) for name in ("total", "new", "same", "changed", "conflict", "error", "reversed")}
    audit.record("import.posted", kind="import", id=job.id, label=job.filename, actor=by, after=counts)
    session.flush()


def _post_rows(job_id: int, by: Viewer) -> ImportJob:
    """Files of few rows are written in one transaction."""
    with transaction():
        job = _job(job_id)
        begin_post_rows(job)
        found = _check_rows(job, dry_run=False, by=by)
        _store(job, found)
        _end(job, by)
    return _job(job_id)


def begin_post_rows(job: ImportJob) -> None:
    """A file of few rows needs no batch."""
    from portal.sales.imports.services import move_to

    move_to(job, ImportState.POSTING)


def _finish_canceled(job_id: int) -> ImportJob:
    with transaction():
        clean_up(_job(job_id))
    return _job(job_id)


def run_waiting_imports() -> int:
    """What the worker calls: check uploaded files, go on with imports whose process died. Returns how many."""
    states = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.POSTING)
    with transaction():
        ids = [
            job.id
            for job in session.scalars(select(ImportJob).where(ImportJob.state.in_(states)))
            if not is_at_work(job)
        ]
    for job_id in ids:
        try:
            job = _job(job_id)
            post_import(job_id) if job.state == ImportState.POSTING else check_import(job_id)
        except PortalError:
            continue  # its sentence is stored with the import
    return len(ids)
