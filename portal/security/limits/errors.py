"""The refusal of an approval that is above a limit."""

from __future__ import annotations

from portal.core.errors import Forbidden


class AboveLimit(Forbidden):
    """The approver's limit does not reach; the sentence says what would be posted, the limit and who can decide."""

    code = "above_limit"
