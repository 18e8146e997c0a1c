"""Facts about exceptions."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ExceptionAsked(Fact):
    """Somebody asks for an exception; nothing is posted yet."""

    exception_id: int


@dataclass(frozen=True)
class ExceptionApproved(Fact):
    """A second person approved an exception and it was posted; shaped like a confirmed adjustment."""

    adjustment_id: str
    owner_id: int
    unit: str
    amount: int
    reason: str


@dataclass(frozen=True)
class ExceptionRejected(Fact):
    """A second person rejected an exception, with a note."""

    exception_id: int
    asked_by_id: int
    note: str
