"""Reading the matching desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process
from sqlalchemy import Select, func, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.sales.imports.models import NameAlias, WaitingRow
from portal.sales.products.models import Product
from portal.security.viewer import Viewer

GUESSES = 3


@dataclass(frozen=True)
class Candidate:
    """What a name may mean, with how sure we are (0 to 100)."""

    code: str
    name: str
    score: int


@dataclass(frozen=True)
class WaitingName:
    """One unknown name of a source and how many rows wait for it."""

    source: str
    noun: str
    name: str
    rows: int
    since: dt.datetime
    candidates: list[Candidate]


def visible_waiting(viewer: Viewer) -> Select[WaitingRow]:
    """Waiting rows belong to the vendor's people alone."""
    query = select(WaitingRow).where(WaitingRow.state == "waiting")
    return query if viewer.can("import:read") else query.where(WaitingRow.id.is_(None))


def list_waiting_names(viewer: Viewer, limit: int = 50) -> list[WaitingName]:
    """The names most rows wait for, with the best guesses."""
    key = (WaitingRow.source, WaitingRow.noun, WaitingRow.name)
    query = visible_waiting(viewer).with_only_columns(*key, func.count(), func.min(WaitingRow.created_at))
    rows = session.execute(query.group_by(*key).order_by(func.count().desc(), *key).limit(limit)).all()
    pools = {noun: _pool(noun) for noun in {row[1] for row in rows}}
    return [WaitingName(*row, candidates=guess(row[2], pools[row[1]])) for row in rows]


def _pool(noun: str) -> Sequence[tuple[str, str]]:
    columns = (Partner.code, Partner.name) if noun == "partner" else (Product.sku, Product.name)
    return [(code, name) for code, name in session.execute(select(*columns).order_by(columns[0]))]


def guess(name: str, pool: Sequence[tuple[str, str]]) -> list[Candidate]:
    """The best guesses, compared with codes and names."""
    best: dict[int, float] = {}
    for column in (0, 1):
        choices = [entry[column] for entry in pool]
        scorer = fuzz.ratio if column == 0 else fuzz.WRatio
        for _, score, place in process.extract(name, choices, scorer=scorer, processor=default_process, limit=GUESSES):
            best[place] = max(score, best.get(place, 0))
    chosen = sorted(best, key=lambda place: (-best[place], pool[place][0]))[:GUESSES]
    return [Candidate(*pool[place], round(best[place])) for place in chosen]


def find_target(noun: str, code: str) -> int | None:
    """The id of the partner or product of that code."""
    if noun == "partner":
        return session.scalar(select(Partner.id).where(Partner.code == code))
    return session.scalar(select(Product.id).where(Product.sku == code))


def get_alias(viewer: Viewer, alias_id: int) -> NameAlias:
    """A decision that stands."""
    found = session.get(NameAlias, alias_id) if viewer.can("import:read") else None
    if found is None or found.undone_at is not None:
        raise NotFound
    return found


def list_aliases(viewer: Viewer, limit: int = 100) -> list[tuple[NameAlias, str]]:
    """Decisions that stand, newest first, with what each name means."""
    if not viewer.can("import:read"):
        return []
    query = select(NameAlias).where(NameAlias.undone_at.is_(None)).order_by(NameAlias.id.desc()).limit(limit)
    aliases = session.scalars(query).all()
    names = {noun: _names_of(noun, [a.target_id for a in aliases if a.noun == noun]) for noun in ("partner", "sku")}
    return [(alias, names[alias.noun].get(alias.target_id, "")) for alias in aliases]


def _names_of(noun: str, ids: list[int]) -> dict[int, str]:
    table, code = (Partner, Partner.code) if noun == "partner" else (Product, Product.sku)
    rows = session.execute(select(table.id, table.name, code).where(table.id.in_(ids))) if ids else ()
    return {number: f"{name} ({short})" for number, name, short in rows}
