"""Why a command failed, when the reason is the database and not the command."""

from __future__ import annotations

from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from portal.core import db
from portal.core.migrate import current_revision, head_revision, revisions

UPGRADE = "Run `portal db upgrade`, then try again."


def database_trouble(error: Exception) -> str | None:
    """A sentence when the database is not there, does not answer or lacks migrations; None when it is in order."""
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return "DATABASE_URL is no address of a database. Write it like postgresql://portal:secret@localhost/portal."
    try:
        found = current_revision(db.engine())
    except OperationalError as refusal:
        return f"The database does not answer: {_first_line(refusal)}"
    except (SQLAlchemyError, RuntimeError):
        return None  # another failure than the database's absence; the command's own error says more
    if found is None:
        return f"The database is empty. {UPGRADE}"
    if found in revisions() and found != head_revision():
        return f"The database is at {found}, this portal needs {head_revision()}. {UPGRADE}"
    return None


def _first_line(error: OperationalError) -> str:
    return str(error.orig).strip().partition("\n")[0]
