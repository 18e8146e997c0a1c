"""Refusals around claims, each in the user's words."""

from __future__ import annotations

from portal.core.errors import Conflict, Forbidden, FourEyes, InvalidInput


class ClaimMoved(Conflict):
    """The claim's state does not allow the act any more."""

    code = "claim_moved"


class ClaimChanged(Conflict):
    """Somebody changed or decided the claim between the page and the button."""

    code = "claim_changed"


class ClaimIncomplete(InvalidInput):
    """The claim cannot be filed as it is; `sentences` by field say why."""

    code = "claim_incomplete"

    def __init__(self, sentence: str, *, by_field: dict[str, str], twin_id: int | None = None) -> None:
        super().__init__(sentence)
        self.by_field = by_field
        self.twin_id = twin_id


class FileRefused(InvalidInput):
    """The file is not a photo or PDF that can be shown to a reviewer."""

    code = "file_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="photo")


class OwnClaim(FourEyes):
    """The approver entered the claim, or is paid by it."""

    code = "own_claim"


class NotYourClaim(Forbidden):
    """Only the seller or who filed it may do this."""

    code = "not_your_claim"
