"""Refusals of the sales room, in the user's words."""

from __future__ import annotations

from portal.core.errors import Conflict, InvalidInput


class FileRefused(InvalidInput):
    """A whole file cannot be read; nothing of it is stored. Says where, why and how to mend it."""

    code = "file_refused"

    def __init__(self, reason: str, *, line: int = 1, column: str = "") -> None:
        place = f"Line {line}" + (f", column {column}" if column else "")
        super().__init__(f"{place}: {reason}", field="file")
        self.line = line
        self.column = column
        self.reason = reason


class PartsLost(Conflict):
    """What was checked of a file has vanished from the data folder."""

    code = "parts_lost"

    def __init__(self) -> None:
        super().__init__("What was checked of this file is no longer stored. Nothing was posted: upload it again.")


class ImportNotReady(Conflict):
    """The import is not in the state the act needs."""

    code = "import_not_ready"


class SourceBusy(Conflict):
    """Another import of the same source is being posted."""

    code = "source_busy"


class BatchClosed(Conflict):
    """Only an open batch takes rows, is confirmed or is discarded."""

    code = "batch_closed"


class LineTaken(Conflict):
    """The line was reversed, returned or credited already."""

    code = "line_taken"
