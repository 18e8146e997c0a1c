"""The database: one engine, one session a thread, one transaction an entry point.

SQLite: WAL, foreign keys, `busy_timeout`, FULL sync; readers open BEGIN, writers BEGIN IMMEDIATE, so that two
writers queue up instead of failing. Services never commit; `transaction()` at the entry point does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, Engine, Integer, MetaData, create_engine, event
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.types import TypeDecorator

from portal.core.clock import day_number, from_day_number
from portal.core.connections import watch_connections

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(naming_convention=NAMING)


BigId = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[dt.datetime]):
    """An instant in UTC, always with a zone in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Day(TypeDecorator[dt.date]):
    """A calendar day, stored as days since 1970-01-01 so that the engine reads integers."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: dt.date | None, dialect: Dialect) -> int | None:
        """Date to number."""
        return None if value is None else day_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.date | None:
        """Number to date."""
        return None if value is None else from_day_number(value)


_writing: ContextVar[bool] = ContextVar("writing", default=False)
_engine: Engine | None = None
_reading: Engine | None = None


class _OwnSession(Session):
    """A session that reads on a connection that cannot write, and writes inside `transaction()` only."""

    def get_bind(self, *_mapper: Any, **options: Any) -> Engine | Connection:
        """The engine of this moment, unless somebody names one."""
        named: Engine | Connection | None = options.get("bind")
        return named or (engine() if _writing.get() or _reading is None else _reading)


_factory: sessionmaker[Session] = sessionmaker(class_=_OwnSession, expire_on_commit=False, autoflush=True)
session: scoped_session[Session] = scoped_session(_factory)
_before_commit: list[Callable[[Session], None]] = []
_after_rollback: list[Callable[[Session], None]] = []


def init_engine(url: str, **options: Any) -> Engine:
    """Bind the process to a database; called once by create_app, the command line or a test."""
    global _engine, _reading
    if _engine is not None:
        session.remove()
        _engine.dispose()
    _engine = make_engine(url, **options)
    _reading = _reading_engine(_engine, **options) if is_postgresql() else None
    return _engine


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with this project's rules for SQLite and PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": 30}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, pool_size=5, max_overflow=5, **options)
    event.listen(engine, "connect", _prepare_postgresql)
    watch_connections(engine)
    return engine


def _reading_engine(writing: Engine, **options: Any) -> Engine:
    """Connections for reading on PostgreSQL: each statement stands alone, so nothing begins or ends around it.

    The database refuses to write on them: what is written belongs inside `transaction()`.
    """
    url = writing.url.render_as_string(hide_password=False)
    reading = make_engine(url, isolation_level="AUTOCOMMIT", **options)
    event.listen(reading, "connect", _only_read)
    event.listen(writing, "engine_disposed", lambda _engine: reading.dispose())
    return reading


def _only_read(connection: Any, _record: Any) -> None:
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()


def engine() -> Engine:
    """The bound engine; an error before `init_engine`."""
    if _engine is None:
        raise RuntimeError("The database is not bound yet: call init_engine(url) first.")
    return _engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "synchronous=FULL",
        "cache_size=-32768",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Many short statements: to compile one or to start workers for it would take longer than to run it."""
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def before_commit(hook: Callable[[Session], None]) -> None:
    """Register what must happen last inside every writing transaction (the audit chain)."""
    if hook not in _before_commit:
        _before_commit.append(hook)


def after_rollback(hook: Callable[[Session], None]) -> None:
    """Register what must be forgotten when a writing transaction fails."""
    if hook not in _after_rollback:
        _after_rollback.append(hook)


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction; a nested call joins the outer one. Load what you change inside it."""
    if _writing.get():
        yield session()
        return
    current = session()
    if current.in_transaction():
        current.rollback()
    token = _writing.set(True)
    try:
        yield current
        current.flush()
        for hook in _before_commit:
            hook(current)
        current.commit()
    except BaseException:
        current.rollback()
        for hook in _after_rollback:
            hook(current)
        raise
    finally:
        _writing.reset(token)


def in_transaction() -> bool:
    """Whether a writing transaction is open here."""
    return _writing.get()


def is_postgresql() -> bool:
    """Whether the bound database is PostgreSQL."""
    return engine().dialect.name == "postgresql"
