"""What a page shows of rooms above its own: each room offers slots, one table in `app.py` collects them.

A slot is a link or an htmx fragment from its own room's URL with its own permission; without JavaScript the
link remains. Lower rooms read these registries and never learn who filled them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from portal.security.viewer import Viewer


@dataclass(frozen=True)
class NavItem:
    """A door in the rail (and, for the first five, at the thumb).

    Where `count_permission` is named, only its holders see the count: those who can act on what is counted.
    """

    label: str
    endpoint: str
    icon: str
    group: str = ""
    order: int = 50
    permission: str | None = None
    roles: frozenset[str] = frozenset()
    count_endpoint: str | None = None
    count_permission: str | None = None
    thumb: bool = False
    act: bool = False
    owns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tile:
    """A part of a home page: what its endpoint answers, or what `render` returns (None leaves the tile out).

    Home calls either in-process, so that numbers stand there on the first paint; with `render` the endpoint is the page
    that the tile's head links to. Places: `celebrate`, `night`, `top` or `note`, `main`, `side`. Markup that brings no
    section of its own is put on a sheet under the title.
    """

    title: str
    endpoint: str
    roles: frozenset[str]
    place: str = "main"
    order: int = 50
    render: Callable[[Viewer], str | None] | None = None


@dataclass(frozen=True)
class Tab:
    """A tab of the partner or person page; its endpoint takes the page's arguments."""

    label: str
    endpoint: str
    page: str
    order: int = 50
    permission: str | None = None


@dataclass(frozen=True)
class Hit:
    """One answer of the global search."""

    label: str
    hint: str
    url: str
    icon: str
    group: str


@dataclass(frozen=True)
class LooseEnd:
    """What still runs at a partner that closes or becomes part of another one, and what becomes of it."""

    label: str
    says: str
    href: str = ""


SearchProvider = Callable[[Viewer, str], Iterable[Hit]]
_KINDS = ("nav", "tiles", "tabs", "search", "loose_ends")


def install_slots(app: Flask, rooms: list[str]) -> None:
    """Collect the `slots.py` of each listed room: lists NAV, TILES, TABS, SEARCH, LOOSE_ENDS, each optional."""
    collected: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for room in rooms:
        module = importlib.import_module(f"{room}.slots")
        for kind in _KINDS:
            collected[kind].extend(getattr(module, kind.upper(), []))
    app.extensions["slots"] = collected


def _slots(kind: str) -> list[Any]:
    return current_app.extensions.get("slots", {}).get(kind, [])  # type: ignore[no-any-return]


def _open_to(viewer: Viewer, permission: str | None, roles: frozenset[str]) -> bool:
    return (permission is None or viewer.can(permission)) and (not roles or viewer.role.value in roles)


def nav_items(viewer: Viewer) -> list[NavItem]:
    """The doors this viewer may use, in order."""
    items: list[NavItem] = [item for item in _slots("nav") if _open_to(viewer, item.permission, item.roles)]
    return sorted(items, key=lambda item: item.order)


def tiles(viewer: Viewer, place: str) -> list[Tile]:
    """The tiles of this viewer's home page in one place."""
    found: list[Tile] = [t for t in _slots("tiles") if viewer.role.value in t.roles and t.place == place]
    return sorted(found, key=lambda tile: tile.order)


def tabs(viewer: Viewer, page: str) -> list[Tab]:
    """The tabs of a page that this viewer may open."""
    found: list[Tab] = [t for t in _slots("tabs") if t.page == page and _open_to(viewer, t.permission, frozenset())]
    return sorted(found, key=lambda tab: tab.order)


def search_all(viewer: Viewer, text: str) -> list[Hit]:
    """Ask every provider; each answers only what the viewer may see."""
    providers: list[SearchProvider] = _slots("search")
    return [hit for provider in providers for hit in provider(viewer, text)]


def loose_ends(viewer: Viewer, partner_ids: Collection[int]) -> list[LooseEnd]:
    """Ask every room what still runs at these partners; each answers only what the viewer may see."""
    return [end for provider in _slots("loose_ends") for end in provider(viewer, partner_ids)]
