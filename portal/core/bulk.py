"""Writing many rows at once: the fastest way each database offers, inside the running transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Table, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY

from portal.core import db

COPY_FROM = 5  # rows: one statement costs less than they do, and the laws of its table look once
SLICE = 50_000


def insert_rows(table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of `columns`."""
    if not rows:
        return
    connection = db.session.connection()
    processors = [_processor(table, name) for name in columns]
    columnwise = zip(*rows, strict=True)
    stored = [
        values if process is None else _processed(process, values)
        for process, values in zip(processors, columnwise, strict=True)
    ]
    ready = list(zip(*stored, strict=True))
    names = ", ".join(columns)
    if db.is_postgresql() and len(ready) >= COPY_FROM:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in ready:
                copy.write_row(row)
        return
    mark = "%s" if db.is_postgresql() else "?"
    marks = ", ".join([mark] * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", ready)  # noqa: S608 - our own names


def insert_columns(table: Table, frame: pl.DataFrame, same: Mapping[str, Any] | None = None) -> None:
    """Insert a frame whose columns hold what the database stores (days as numbers), in slices.

    `same` are columns with one value everywhere, given as Python values.
    """
    if frame.is_empty():
        return
    fixed = {name: _stored(table, name, value) for name, value in (same or {}).items()}
    write = _copy_columns if db.is_postgresql() else _insert_columns
    write(table.name, frame, fixed)


def _insert_columns(table: str, frame: pl.DataFrame, fixed: Mapping[str, Any]) -> None:
    names = [*frame.columns, *fixed]
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
    connection = db.session.connection()
    for part in frame.iter_slices(SLICE):
        columns = [*(column.to_list() for column in part), *(repeat(value, part.height) for value in fixed.values())]
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _copy_columns(table: str, frame: pl.DataFrame, fixed: Mapping[str, Any]) -> None:
    """Empty texts are quoted and what is null is not: so COPY tells them apart."""
    driver: Any = db.session.connection().connection.driver_connection
    listed = ", ".join([*frame.columns, *fixed])
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv)") as copy:
        for part in frame.iter_slices(SLICE):
            whole = part.with_columns(pl.lit(_plain(value)).alias(name) for name, value in fixed.items())
            copy.write(whole.write_csv(include_header=False, quote_style="non_numeric", null_value="").encode())


def _plain(value: Any) -> Any:
    """A value as COPY reads it: a moment keeps its microseconds and its zone."""
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def update_columns(table: Table, frame: pl.DataFrame, same: Mapping[str, Any] | None = None) -> None:
    """Write the columns of a frame into the rows its `id` names; `same` as in `insert_columns`."""
    if frame.is_empty():
        return
    fixed = {name: _stored(table, name, value) for name, value in (same or {}).items()}
    names = [name for name in frame.columns if name != "id"]
    connection = db.session.connection()
    for part in frame.select(*names, "id").iter_slices(SLICE):
        columns = [column.to_list() for column in part]
        if not db.is_postgresql():
            sets = ", ".join(f"{name} = ?" for name in [*fixed, *names])
            rows = zip(*(repeat(value, part.height) for value in fixed.values()), *columns, strict=True)
            connection.exec_driver_sql(f"UPDATE {table.name} SET {sets} WHERE id = ?", list(rows))  # noqa: S608 - our own names
            continue
        sets = ", ".join([*(f"{name} = %s" for name in fixed), *(f"{name} = d.{name}" for name in names)])
        kinds = [table.c[name].type.compile(connection.dialect) for name in part.columns]
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        statement = f"UPDATE {table.name} AS t SET {sets} FROM unnest({arrays}) AS d({', '.join(part.columns)}) WHERE t.id = d.id"  # noqa: S608, E501
        connection.exec_driver_sql(statement, (*fixed.values(), *columns))


def rows_among(query: str, values: Collection[Any], kind: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query whose {among} stands for "is one of these values", however many: they go as one parameter.

    `kind` is what PostgreSQL calls the type of a value.
    """
    if db.is_postgresql():
        statement, parameter = query.format(among=f"= ANY(%s::{kind}[])"), list(values)
        return map(tuple, db.session.connection().exec_driver_sql(statement, (parameter,)))
    statement = query.format(among="IN (SELECT value FROM json_each(?))")
    return map(tuple, db.session.connection().exec_driver_sql(statement, (json.dumps(list(values)),)))


def _processor(table: Table, name: str) -> Callable[[Any], Any] | None:
    dialect = db.session.connection().dialect
    process: Callable[[Any], Any] | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return process


def _stored(table: Table, name: str, value: Any) -> Any:
    process = _processor(table, name)
    return value if process is None else process(value)


def _processed(process: Callable[[Any], Any], values: tuple[Any, ...]) -> list[Any]:
    """The values as the database takes them; days and moments repeat, so each is worked out once."""
    known = {value: process(value) for value in set(values)}
    return [known[value] for value in values]


def among(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of these values; PostgreSQL is sent one array, not thousands of parameters."""
    if db.is_postgresql():
        held: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
        return held
    listed: ColumnElement[bool] = column.in_(values)
    return listed
