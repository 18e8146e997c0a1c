"""Refusals about programs and drafts."""

from __future__ import annotations

from portal.core.errors import Conflict


class DraftMoved(Conflict):
    """Somebody else changed the draft meanwhile; `revision` is where it stands now."""

    code = "draft_moved"

    def __init__(self, sentence: str, revision: int) -> None:
        super().__init__(sentence)
        self.revision = revision


class NotWaiting(Conflict):
    """The draft is not in the state this act needs."""

    code = "not_waiting"
