"""What readiness means: database, schema, worker."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.core import db, heartbeat
from portal.core.migrate import current_revision, head_revision


def readiness() -> dict[str, str]:
    """Each check with `ok` or what is the matter."""
    try:
        with db.engine().connect() as connection:
            connection.execute(text("SELECT 1"))
        found, wanted = current_revision(db.engine()), head_revision()
        schema = "ok" if found == wanted else f"database is at {found}, code wants {wanted}"
        worker = "ok" if heartbeat.lives("worker") else "no sign of life"
    except SQLAlchemyError:
        db.session.rollback()
        return {"database": "not answering", "migrations": "unknown", "worker": "unknown"}
    return {"database": "ok", "migrations": schema, "worker": worker}
