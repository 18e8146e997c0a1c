"""Whether a pooled connection of PostgreSQL still stands, known without asking the server each time."""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

TRUSTED_SECONDS = 30.0


def watch_connections(engine: Engine) -> None:
    """Replace the connections of a pool once the server has gone; a question is asked only after a long rest.

    A server that ends says so on the socket at once. A network that forgot a resting connection says nothing: after
    half a minute without use the connection is therefore tried before it is handed out.
    """

    @event.listens_for(engine, "checkin")
    def remember(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["rested_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        rested = time.monotonic() - entry.info.get("rested_since", time.monotonic())
        if _was_closed(connection) or (rested > TRUSTED_SECONDS and not _answers(engine, connection)):
            raise InvalidatePoolError


def _was_closed(connection: Any) -> bool:
    """Whether the server said something unasked: that it goes, in nearly all cases."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False
