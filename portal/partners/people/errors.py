"""Refusals about people."""

from __future__ import annotations

from portal.core.errors import Conflict


class AddressTaken(Conflict):
    """The address belongs to an account that is in use."""

    code = "address_taken"

    def __init__(self) -> None:
        super().__init__(
            "This address cannot be invited here. If the person works elsewhere in the portal, "
            "that employment must end first.",
            field="email",
        )
