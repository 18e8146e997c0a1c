"""Write docs/adr/0002-tables.md: every table with its key and the room that writes it, from the models themselves."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import UniqueConstraint

from portal import tables
from portal.core.db import Base
from portal.core.guards import guarded_tables

FILE = Path(__file__).parents[1] / "docs/adr/0002-tables.md"
HEAD = """# 0002 The tables

Every table is written by the services of one room alone. *Append-only* tables carry triggers that refuse UPDATE
and DELETE on both databases; money is integer minor units beside a currency, days are integers (days since
1970-01-01), instants are UTC. `python tools/list_tables.py` writes this page from the models; a test compares them.

| table | what a row is | key | who writes | append-only |
|---|---|---|---|---|
"""


def rows() -> list[str]:
    """One line a table, by room."""
    tables.load()
    guarded = guarded_tables()
    mapped = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    found = []
    for table in Base.metadata.sorted_tables:
        made = mapped.get(table)
        room = (made.__module__ if made else "portal").removeprefix("portal.").removesuffix(".models")
        sentence = ((made.__doc__ or "") if made else "").strip().split("\n")[0].rstrip(".")
        key = ", ".join(column.name for column in table.primary_key.columns)
        unique = [
            ", ".join(column.name for column in constraint.columns)
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        keys = "; ".join([key, *sorted(f"unique {names}" for names in unique)])
        found.append(
            (room, f"| `{table.name}` | {sentence} | {keys} | {room} | {'yes' if table.name in guarded else ''} |")
        )
    return [line for _, line in sorted(found)]


def document() -> str:
    """The whole page."""
    return HEAD + "\n".join(rows()) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
    sys.exit(0)
