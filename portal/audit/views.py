"""The log, searched and proved."""

from __future__ import annotations

import datetime as dt
import json

from flask import Response, request

from portal.audit import queries
from portal.core import clock
from portal.core.db import session
from portal.core.paging import paginate
from portal.security.doors import requires
from portal.web.downloads import send_csv
from portal.web.lists import ListState, read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FILTERS = ("act", "actor", "kind", "since", "until")
MAX_EXPORT = 10_000


@bp.get("/audit")
@requires("audit:read")
def list_entries() -> Response:
    """Every act, newest first, with filters."""
    state = read_list_state(filters=FILTERS)
    found = paginate(session(), _filtered(state), page=state.page, size=50)
    return page("audit/list_entries.html", found=found, state=state, kinds=queries.kinds(), head=queries.head())


@bp.get("/audit/entries.csv")
@requires("audit:read")
def export_entries() -> Response:
    """The filtered log as a file, at most 10,000 entries."""
    entries = session.scalars(_filtered(read_list_state(filters=FILTERS)).limit(MAX_EXPORT))
    header = ["id", "at", "act", "actor", "kind", "object", "label", "before", "after", "reason", "result", "hash"]
    rows = [
        [
            e.id,
            e.at.isoformat(),
            e.act,
            e.actor,
            e.kind,
            e.object_id,
            e.label,
            e.before,
            e.after,
            e.reason,
            e.result,
            e.hash,
        ]
        for e in entries
    ]
    return send_csv("audit.csv", header, rows)


@bp.get("/audit/<int:entry_id>")
@requires("audit:read")
def show_entry(entry_id: int) -> Response:
    """One act with what was there before and after, and everything else that happened to the same thing."""
    entry = queries.get_entry(entry_id)
    changes = _changes(entry.before, entry.after)
    history = queries.entries_about(entry.kind, entry.object_id)[-50:]
    return page("audit/show_entry.html", entry=entry, changes=changes, history=history)


@bp.get("/audit/chain")
@requires("audit:read")
def show_chain() -> Response:
    """Recompute the chain now and say what was found."""
    findings = queries.verify_chain()
    return page("audit/show_chain.html", findings=findings, head=queries.head(), checked_at=clock.now())


def _filtered(state: ListState) -> queries.EntryQuery:
    return queries.search_entries(
        text=state.q,
        act=state.filters["act"],
        actor=state.filters["actor"],
        kind=state.filters["kind"],
        since=_day(request.args.get("since")),
        until=_day(request.args.get("until"), after=1),
    )


def _day(text: str | None, after: int = 0) -> dt.datetime | None:
    try:
        day = dt.date.fromisoformat(text or "") + dt.timedelta(days=after)
        return dt.datetime.combine(day, dt.time(), clock.zone()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _changes(before: str | None, after: str | None) -> list[tuple[str, str, str]]:
    old, new = json.loads(before or "{}"), json.loads(after or "{}")
    keys = list(dict.fromkeys([*old, *new]))
    return [(key, _shown(old.get(key)), _shown(new.get(key))) for key in keys]


def _shown(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
