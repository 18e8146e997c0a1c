"""The refusal of an approval that is above a limit."""

from __future__ import annotations

from portal.core.errors import Forbidden


class AboveLimit(Forbidden):
    """The approver's limit does not reach: what would be posted, the limit, and who can decide.

    `named` says the same to somebody else, with the approver's name.
    """

    code = "above_limit"

    def __init__(self, sentence: str, *, named: str = "") -> None:
        super().__init__(sentence)
        self.named = named or sentence
