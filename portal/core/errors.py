"""Refusals: an exception with the user's sentence and an HTTP status. It rolls the transaction back."""

from __future__ import annotations


class PortalError(Exception):
    """A refusal in words. `status` is the HTTP status, `code` a stable short name, `field` the input it is about."""

    status = 400
    code = "refused"

    def __init__(self, sentence: str, *, field: str | None = None, link: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.link = link


class InvalidInput(PortalError):
    """What was typed cannot be used; the form comes back with it."""

    status = 422
    code = "invalid"


class NotFound(PortalError):
    """Nothing there, or nothing this viewer may know of."""

    status = 404
    code = "not_found"

    def __init__(self, sentence: str = "There is nothing here, or it is not yours to see.") -> None:
        super().__init__(sentence)


class Forbidden(PortalError):
    """The viewer's role does not allow the act."""

    status = 403
    code = "forbidden"

    def __init__(self, sentence: str = "Your role does not allow this.") -> None:
        super().__init__(sentence)


class Conflict(PortalError):
    """The state of the thing does not allow the act (any more)."""

    status = 409
    code = "conflict"


class TooMany(PortalError):
    """Too many tries in too short a time."""

    status = 429
    code = "too_many"


class FourEyes(Forbidden):
    """The maker of a thing cannot be its checker."""

    code = "four_eyes"
