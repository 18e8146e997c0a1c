"""The walk in twelve steps: who, where, what to look for, and what the audit log shows when it was done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

FINANCE, AUDITOR = "finance@demo.example", "auditor@demo.example"
INVOICE = "FB-1042"
PHONE, DESKTOP, TERMINAL = "Phone, 360 px", "Desktop", "Terminal"


@dataclass(frozen=True)
class Entry:
    """One act since the demo was built, as far as the walk looks at it."""

    act: str
    email: str
    label: str = ""
    about: str = ""
    result: str = "done"


@dataclass(frozen=True)
class Door:
    """One click: log in as somebody and open a page. `page` is an endpoint, or `claim` for the walk's own claim."""

    email: str
    label: str
    page: str
    query: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a step that ticks itself."""

    text: str
    done: Callable[[Sequence[Entry]], bool]


@dataclass(frozen=True)
class Step:
    """One of the twelve."""

    number: int
    title: str
    says: str
    device: str
    doors: tuple[Door, ...]
    look: tuple[str, ...]
    parts: tuple[Part, ...]
    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def is_done(self, entries: Sequence[Entry]) -> bool:
        """Whether every part was done."""
        return all(part.done(entries) for part in self.parts)


def acted(*acts: str, by: str = "", about: str = "", result: str = "") -> Callable[[Sequence[Entry]], bool]:
    """Whether one of the acts (or of those that begin with it and a dot) was done, by somebody, about something."""

    def look(entries: Sequence[Entry]) -> bool:
        return any(_fits(entry, acts, by, about, result) for entry in entries)

    return look


def _fits(entry: Entry, acts: tuple[str, ...], by: str, about: str, result: str) -> bool:
    named = any(entry.act == act or entry.act.startswith(f"{act}.") for act in acts)
    return named and by in ("", entry.email) and about in entry.label and result in ("", entry.result)


def opened(number: int) -> Callable[[Sequence[Entry]], bool]:
    """Whether the step's page was opened from the tour."""
    return lambda entries: any(entry.act == "tour.opened" and entry.about == str(number) for entry in entries)


def always(_entries: Sequence[Entry]) -> bool:
    """A part that needs no proof."""
    return True


def find_step(steps: Iterable[Step], number: int) -> Step | None:
    """The step of that number."""
    return next((step for step in steps if step.number == number), None)
