"""Whether a request changed the database: a digest of every table, and of the files beside it."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from pathlib import Path

from portal.core import db as core_db

TRACES = frozenset({"audit_entry", "audit_head", "rate_hit"})
CHANGING = re.compile(r'(<input[^>]*name="(?:csrf_token|key)"[^>]*>|csrf-token" content="[^"]*")')


class Watch:
    """A second look at an SQLite file; `changed()` names the tables whose rows differ from the first look."""

    def __init__(self, url: str, *, leave_out: frozenset[str] = TRACES) -> None:
        self.path = Path(url.removeprefix("sqlite:///"))
        self.leave_out = leave_out
        self._open()
        self.before = self._tables()

    def _open(self) -> None:
        self.connection = sqlite3.connect(self.path)
        self.version = self._version()

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _tables(self) -> dict[str, str]:
        names = [row[0] for row in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._digest(name) for name in names if name not in self.leave_out}

    def _digest(self, table: str) -> str:
        rows = self.connection.execute(f'SELECT * FROM "{table}"').fetchall()
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def changed(self) -> list[str]:
        """The tables that differ from the first look; quick when nobody wrote."""
        version = self._version()
        if version == self.version:
            return []
        self.version = version
        now = self._tables()
        return sorted(name for name in now if now[name] != self.before.get(name))

    def now(self) -> dict[str, str]:
        """The digest of every table as it is."""
        return self.before if self._version() == self.version else self._tables()

    def keep(self) -> None:
        """Put a copy aside for `restore`."""
        shutil.copyfile(self.path, self.path.with_suffix(".kept"))

    def restore(self) -> bool:
        """Bring the copy back when anybody wrote meanwhile; whether that was needed."""
        if self._version() == self.version:
            return False
        self.connection.close()
        core_db.session.remove()
        core_db.engine().dispose()
        for end in ("-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        shutil.copyfile(self.path.with_suffix(".kept"), self.path)
        self._open()
        return True


def body(text: str, *addresses: str) -> str:
    """A page without what differs between two showings of it: tokens, and the address that was asked for."""
    for address in addresses:
        text = text.replace(address, "…")
    return CHANGING.sub("…", text)
