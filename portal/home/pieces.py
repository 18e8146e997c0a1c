"""The parts of a home page: every tile drawn in-process, remembered until something changes."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from flask import current_app, url_for
from markupsafe import Markup

from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.ids import digest
from portal.home.answers import answer_of
from portal.home.freshness import stamp_of
from portal.security.viewer import Viewer
from portal.web.slots import Tile, tiles

log = logging.getLogger("portal.home")
PLACES = ("celebrate", "night", "top", "note", "main", "side")
BARE = frozenset({"celebrate", "night", "top", "note"})
_TOKEN = re.compile(r'name="csrf_token"[^>]*>')
_REMEMBERED = 256


@dataclass(frozen=True)
class Piece:
    """One tile as drawn; `html` is None when it has nothing to say. `href` is where its head leads."""

    name: str
    place: str
    title: str
    html: Markup | None
    href: str | None = None
    lost: str | None = None

    @property
    def boxed(self) -> bool:
        """Whether home puts it on a sheet of its own."""
        return self.place not in BARE and not (self.html or "").lstrip().startswith("<section")

    @property
    def mark(self) -> str:
        """A short word for the content, so that a poll replaces only what changed."""
        return digest(_TOKEN.sub("", self.html or ""))[:8]


@dataclass(frozen=True)
class Home:
    """All parts of one viewer's home at one state of things, and whole pages made of them, cut where a token stood."""

    stamp: str
    pieces: tuple[Piece, ...]
    kept: bool = False
    pages: dict[tuple[str, str | None], list[str]] = field(default_factory=dict, compare=False)

    def at(self, *places: str) -> list[Piece]:
        """The parts of these places, in order."""
        return [piece for piece in self.pieces if piece.place in places]

    @property
    def seen(self) -> str:
        """What the page in front of the viewer shows, to be sent back with the next poll."""
        return "~".join([self.stamp, *(f"{piece.name}.{piece.mark}" for piece in self.pieces)])

    def changed_since(self, seen: str) -> list[Piece]:
        """The parts that differ from what was seen; what is being celebrated is never taken away while looked at."""
        marks = dict(word.rpartition(".")[::2] for word in seen.split("~")[1:])
        differ = [piece for piece in self.pieces if marks.get(piece.name) != piece.mark]
        return [piece for piece in differ if piece.html is not None or piece.place != "celebrate"]


def home_of(viewer: Viewer) -> Home:
    """The viewer's home, drawn anew only when something has changed."""
    stamp = stamp_of(viewer)
    remembered: OrderedDict[Viewer, Home] = current_app.extensions.setdefault("homes", OrderedDict())
    known = remembered.get(viewer)
    if known is not None and known.stamp == stamp:
        return known
    pieces = tuple(_draw(tile, viewer) for place in PLACES for tile in tiles(viewer, place))
    # a form belongs to the browser it was drawn for, so a home that holds one is not kept
    home = Home(stamp, pieces, kept=not any("csrf_token" in (piece.html or "") for piece in pieces))
    if home.kept:
        remembered[viewer] = home
        remembered.move_to_end(viewer)
        while len(remembered) > _REMEMBERED:
            remembered.popitem(last=False)
    return home


def _draw(tile: Tile, viewer: Viewer) -> Piece:
    name = "piece-" + re.sub(r"[^a-z0-9]+", "-", f"{tile.place} {tile.title}".lower()).strip("-")
    piece = Piece(name, tile.place, tile.title, None)
    if tile.place == "celebrate" and viewer.read_only:
        return piece
    try:
        if tile.render is not None:
            drawn = tile.render(viewer)
            markup = Markup(drawn) if drawn else None  # noqa: S704  our own template's markup
            return replace(piece, html=markup, href=_page(tile.endpoint))
        return replace(piece, html=answer_of(tile.endpoint))
    except PortalError:
        return piece
    except Exception:
        # the front door stays open when one room fails; the reader is told, the log says why
        log.exception("the tile %s of %s failed", tile.title, viewer.role)
        session.rollback()
        return replace(piece, lost=_page(tile.endpoint))


def _page(endpoint: str) -> str | None:
    known = endpoint in current_app.view_functions and endpoint != "home.show_home"
    return url_for(endpoint) if known else None
