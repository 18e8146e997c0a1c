"""The life of an import: created, checked, posted or canceled. Nothing here commits."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.sequence import current_seq
from portal.sales.errors import ImportNotReady, SourceBusy
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.rules import RUNNING, clean_source, may_become
from portal.sales.journal.models import BatchState, Flow, JournalBatch
from portal.sales.journal.services import discard_batch
from portal.security.viewer import Viewer

LEASE = dt.timedelta(seconds=120)
MODES = ("add", "replace")


@dataclass(frozen=True)
class Request:
    """What somebody asks to import."""

    kind: str
    path: Path
    filename: str
    folder: Path
    source: str | None = None
    flow: str = Flow.SELL_IN
    mode: str = "add"
    since: dt.date | None = None
    until: dt.date | None = None


def create_import(request: Request, *, by: Viewer | None = None) -> ImportJob:
    """Write down an import that is to be checked; the file stays where it is."""
    source = clean_source(request.source)
    if request.mode == "replace" and not (request.since and request.until and request.since < request.until):
        raise InvalidInput("Replacing needs a first day and a later day at which it ends.", field="range_from")
    job = ImportJob(
        kind=request.kind, source=source, mode=request.mode, flow=request.flow, range_from=request.since,
        range_until=request.until, filename=request.filename[:200], path=str(request.path), folder="",
        notes="", file_digest=digest_of(request.path), state=ImportState.UPLOADED, created_at=clock.now(),
        by_person_id=by.person_id if by else None,
    )  # fmt: skip
    session.add(job)
    session.flush()
    job.folder = str(request.folder / f"import-{job.id}")
    audit.record("import.created", kind="import", id=job.id, label=job.filename, actor=by,
                 after={"kind": job.kind, "source": source, "mode": job.mode, "digest": job.file_digest})  # fmt: skip
    return job


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move_to(job: ImportJob, state: str) -> None:
    """Go to another state, if the import's life allows it. Another process may have been faster: the row decides."""
    if not may_become(job.state, state):
        raise ImportNotReady(f"This import is {job.state}, so it cannot become {state}.")
    changed = session.execute(
        update(ImportJob).where(ImportJob.id == job.id, ImportJob.state == job.state).values(state=state)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise ImportNotReady("Somebody else has changed this import meanwhile. Look at it again.")
    session.refresh(job)


def take_lease(job: ImportJob) -> None:
    """Say that this process works on the import, for a while."""
    job.worker, job.lease_until = worker_name(), clock.now() + LEASE


def worker_name() -> str:
    """This process, as others may look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_at_work(job: ImportJob) -> bool:
    """Whether a process holds the import; on this machine it must still be alive."""
    if job.lease_until is None or job.lease_until < clock.now():
        return False
    host, _, pid = job.worker.rpartition(":")
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return int(pid) != os.getpid()


def begin_check(job: ImportJob) -> None:
    """Start (again) to check."""
    if job.state == ImportState.CHECKING and not is_at_work(job):
        job.state = ImportState.UPLOADED
        session.flush()
    move_to(job, ImportState.CHECKING)
    job.total = job.new = job.same = job.changed = job.conflict = job.error = job.waiting = job.reversed = 0
    job.done_rows = job.done_parts = 0
    job.checked_seq = current_seq()
    take_lease(job)
    session.flush()


def begin_post(job: ImportJob, *, working: bool = True) -> JournalBatch:
    """Open the batch, or take up the one a killed process left; another live import of the source is refused.

    With `working=False` the worker is left to do the work.
    """
    if job.state == ImportState.POSTING:
        if is_at_work(job):
            raise SourceBusy("This import is being posted by another process.")
    else:
        move_to(job, ImportState.POSTING)
        _clear_source(job)
    if working:
        take_lease(job)
    batch = session.get(JournalBatch, job.batch_id) if job.batch_id else None
    if batch is None:
        batch = JournalBatch(
            source=job.source, kind="import", state=BatchState.OPEN, by_person_id=job.by_person_id,
            note=job.filename, created_at=clock.now(), line_count=0,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        job.batch_id = batch.id
    session.flush()
    return batch


def _clear_source(job: ImportJob) -> None:
    """Remove what dead imports of this source left unconfirmed; refuse when one is alive."""
    query = select(ImportJob).where(
        ImportJob.source == job.source, ImportJob.state == ImportState.POSTING, ImportJob.id != job.id
    )
    for other in session.scalars(query).all():
        if is_at_work(other):
            raise SourceBusy(f"Another file of {job.source} is being posted. Wait for it, then confirm again.")
        fail_import(other, "The process that posted it ended before the last row; nothing of it counts.")


def fail_import(job: ImportJob, sentence: str) -> None:
    """End an import that cannot go on; nothing of it stays."""
    _drop_rows(job)
    job.state, job.failure, job.finished_at, job.lease_until = ImportState.FAILED, sentence, clock.now(), None
    session.flush()


def cancel_import(job: ImportJob, *, by: Viewer) -> None:
    """Stop an import for good. A process at work on it notices and removes what it wrote."""
    busy = job.state in RUNNING and is_at_work(job)
    move_to(job, ImportState.CANCELED)
    job.finished_at = clock.now()
    if not busy:
        clean_up(job)
    audit.record("import.canceled", kind="import", id=job.id, label=job.filename, actor=by)


def clean_up(job: ImportJob) -> None:
    """Remove the unconfirmed rows and the parts of an import that ended."""
    _drop_rows(job)
    shutil.rmtree(parts_folder(job), ignore_errors=True)


def forget_import(job_id: int) -> None:
    """Remove an import whose file cannot be read at all: nothing is stored on refusal."""
    job = session.get_one(ImportJob, job_id)
    shutil.rmtree(job.folder, ignore_errors=True)
    Path(job.path).unlink(missing_ok=True)
    session.delete(job)
    session.flush()


def _drop_rows(job: ImportJob) -> None:
    batch = session.get(JournalBatch, job.batch_id) if job.batch_id else None
    if batch is not None and batch.state == BatchState.OPEN:
        discard_batch(batch)


def parts_folder(job: ImportJob) -> Path:
    """Where the checked rows lie until they are posted."""
    return Path(job.folder) / "parts"


def errors_path(job: ImportJob) -> Path:
    """Where the downloadable list of errors and conflicts lies."""
    return Path(job.folder) / "errors.csv"
