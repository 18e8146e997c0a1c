"""Refusals at the door. None of them says whether an address is known."""

from __future__ import annotations

from portal.core.errors import Conflict, InvalidInput


class WrongLogin(InvalidInput):
    """The address and the password do not fit together, for whatever reason."""

    code = "wrong_login"

    def __init__(self) -> None:
        super().__init__("E-mail and password do not fit together. Check both, or ask for a link to a new password.")


class LinkSpent(Conflict):
    """The mailed link was used, replaced, is too old or never existed."""

    status = 410
    code = "link_spent"

    def __init__(self) -> None:
        super().__init__("This link no longer works: it was used, replaced by a newer one, or is too old.")


class WrongPassword(InvalidInput):
    """The present password, asked for again, is not right."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("This is not your present password.", field="current")
