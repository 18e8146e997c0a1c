"""Reading imports."""

from __future__ import annotations

import csv
from itertools import islice

from sqlalchemy import Select, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.imports.rules import clean_source
from portal.sales.imports.services import errors_path
from portal.sales.journal.models import BatchKind, BatchState, JournalBatch
from portal.security.viewer import Viewer


def visible_imports(viewer: Viewer) -> Select[ImportJob]:
    """The vendor's people who may import see all imports; nobody else sees any."""
    query = select(ImportJob)
    return query if viewer.can("import:read") else query.where(ImportJob.id.is_(None))


def get_import(viewer: Viewer, import_id: int) -> ImportJob:
    """A visible import by its number."""
    query = visible_imports(viewer).where(ImportJob.id == import_id).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def find_unfinished(digest: str, kind: str, source: str | None, mode: str) -> ImportJob | None:
    """An import of the same content, source and mode that was being posted and never ended."""
    query = select(ImportJob).where(
        ImportJob.file_digest == digest, ImportJob.kind == kind, ImportJob.mode == mode,
        ImportJob.source == clean_source(source), ImportJob.state == ImportState.POSTING,
    )  # fmt: skip
    return session.scalar(query.order_by(ImportJob.id.desc()))


def list_sources() -> list[str]:
    """Who has sent sales before, by name."""
    query = select(JournalBatch.source).where(
        JournalBatch.kind.in_([BatchKind.IMPORT, BatchKind.FEED]), JournalBatch.state == BatchState.CONFIRMED
    )
    return sorted(session.scalars(query.distinct()))


def list_errors(job: ImportJob, limit: int = 100) -> list[dict[str, str]]:
    """The first complaints about a file: line, column, value, reason."""
    path = errors_path(job)
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(islice(csv.DictReader(stream), limit))
