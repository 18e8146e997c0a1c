"""The state of a list page, kept in the URL: search, filters, sorting, page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import request

from portal.core.paging import DEFAULT_SIZE, clamp_page

MAX_QUERY = 100


@dataclass(frozen=True)
class ListState:
    """What the URL says about a list; unknown sort keys and filters are dropped."""

    path: str
    q: str = ""
    page: int = 1
    size: int = DEFAULT_SIZE
    sort: str = ""
    descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)

    def url(self, **changes: object) -> str:
        """The same list with changes; a changed filter or search starts at page one again. None drops a key."""
        params: dict[str, object] = {"q": self.q, **self.filters}
        if self.sort:
            params["sort"] = f"-{self.sort}" if self.descending else self.sort
        if "page" not in changes:
            changes = {**changes, "page": None}
        params.update(changes)
        kept = {key: value for key, value in params.items() if value not in (None, "", 1)}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q or any(self.filters.values()))


def read_list_state(*, sorts: tuple[str, ...] = (), default_sort: str = "", filters: tuple[str, ...] = ()) -> ListState:
    """Read the list state from the request's URL."""
    asked = request.args.get("sort", default_sort)
    descending, key = asked.startswith("-"), asked.lstrip("-")
    if key not in sorts:
        descending, key = default_sort.startswith("-"), default_sort.lstrip("-")
    return ListState(
        path=request.path,
        q=_clean(request.args.get("q", "")),
        page=clamp_page(request.args.get("page")),
        sort=key,
        descending=descending,
        filters={name: _clean(request.args.get(name, "")) for name in filters},
    )


def _clean(text: str) -> str:
    """No NUL, no lone surrogates, not too long: the databases refuse them."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "").strip()[:MAX_QUERY]
