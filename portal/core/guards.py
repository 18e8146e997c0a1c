"""Append-only tables: the database itself refuses UPDATE and DELETE, on SQLite and PostgreSQL.

Rooms register their tables; migrations call `install_guards` last (Alembic's batch mode drops triggers on SQLite),
and `portal verify` asks `missing_guards`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import Connection

_registry: dict[str, str | None] = {}


@dataclass(frozen=True)
class Trigger:
    """A room's own law in the database: its statements drop and create it again; none where a database needs none."""

    name: str
    table: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]


_extra: dict[str, Trigger] = {}


def extra_trigger(trigger: Trigger) -> None:
    """Register a law beyond append-only; it is installed and checked with the others."""
    _extra[trigger.name] = trigger


def append_only(*tables: str, deletable_when: str | None = None) -> None:
    """Register tables whose rows never change.

    `deletable_when` is an SQL condition over OLD under which a row may still be deleted (a never-confirmed batch).
    """
    for table in tables:
        _registry[table] = deletable_when


def guarded_tables() -> dict[str, str | None]:
    """The registered tables with the condition under which a row may be deleted."""
    return dict(_registry)


def _names(table: str) -> tuple[str, str]:
    return f"guard_{table}_update", f"guard_{table}_delete"


def install_guards(connection: Connection, tables: list[str] | None = None) -> None:
    """(Re)create the triggers of the registered tables that exist in this database."""
    for table in tables if tables is not None else sorted(_registry):
        if _exists(connection, table):
            for statement in _statements(connection.dialect.name, table, _registry.get(table)):
                connection.execute(text(statement))
    for trigger in _extra.values():
        if (tables is None or trigger.table in tables) and _exists(connection, trigger.table):
            for statement in trigger.sqlite if connection.dialect.name == "sqlite" else trigger.postgresql:
                connection.execute(text(statement))


def _exists(connection: Connection, table: str) -> bool:
    if connection.dialect.name == "sqlite":
        found = connection.scalar(text("SELECT 1 FROM sqlite_master WHERE type='table' AND name=:t"), {"t": table})
    else:
        found = connection.scalar(text("SELECT to_regclass(:t) IS NOT NULL"), {"t": table})
    return bool(found)


def _statements(dialect: str, table: str, condition: str | None) -> list[str]:
    on_update, on_delete = _names(table)
    refuse = f"rows of {table} are append-only; write a correction instead"
    if dialect == "sqlite":
        when = f"WHEN NOT ({condition})" if condition else ""
        return [
            f"DROP TRIGGER IF EXISTS {on_update}",
            f"DROP TRIGGER IF EXISTS {on_delete}",
            f"CREATE TRIGGER {on_update} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{refuse}'); END",
            f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table} {when} BEGIN SELECT RAISE(ABORT, '{refuse}'); END",
        ]
    allowed = f"IF TG_OP = 'DELETE' AND ({condition}) THEN RETURN OLD; END IF; " if condition else ""
    body = f"BEGIN {allowed}RAISE EXCEPTION '{refuse}'; END"
    return [
        f"CREATE OR REPLACE FUNCTION guard_{table}() RETURNS trigger AS $guard$ {body} $guard$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {on_update} ON {table}",
        f"DROP TRIGGER IF EXISTS {on_delete} ON {table}",
        f"CREATE TRIGGER {on_update} BEFORE UPDATE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}()",
        f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{table}()",
    ]


def missing_guards(connection: Connection) -> list[str]:
    """Names of triggers that should be in this database and are not."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        query = "SELECT name FROM sqlite_master WHERE type='trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    present = set(connection.scalars(text(query)))
    laws = sorted(name for name, law in _extra.items() if (law.sqlite if sqlite else law.postgresql))
    wanted = [name for table in sorted(_registry) for name in _names(table)] + laws
    return [name for name in wanted if name not in present]
