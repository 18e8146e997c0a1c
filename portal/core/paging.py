"""Pages of a list: one counted query, one limited query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")
DEFAULT_SIZE = 25
MAX_SIZE = 200


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list and how many rows there are in all."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Number of the first row shown, 0 when there is none."""
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before."""
        return self.number > 1


def clamp_page(value: str | None) -> int:
    """A page number from a URL; anything unusable means the first page."""
    return int(value) if value and value.isascii() and value.isdigit() and 0 < int(value[:9]) < 10**8 else 1


def paginate(
    session: Session, query: Select[*tuple[Any, ...]], *, page: int = 1, size: int = DEFAULT_SIZE, scalars: bool = True
) -> Page[Any]:
    """Run a select for one page; a page past the end shows the last one."""
    size = min(max(1, size), MAX_SIZE)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(1, page), max(1, -(-total // size)))
    limited = query.limit(size).offset((number - 1) * size)
    rows = session.scalars(limited).unique().all() if scalars else session.execute(limited).all()
    return Page(rows=rows, number=number, size=size, total=total)


def paged(rows: Sequence[Row], *, page: int = 1, size: int = DEFAULT_SIZE) -> Page[Row]:
    """One page of rows that are in memory anyway; a page past the end shows the last one."""
    number = min(max(1, page), max(1, -(-len(rows) // size)))
    return Page(rows=rows[(number - 1) * size : number * size], number=number, size=size, total=len(rows))
