"""What an auditor sees: search, whether the chain holds, the last changes that matter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import render_template
from sqlalchemy import or_, select

from portal.audit import queries as audit
from portal.audit.models import AuditEntry
from portal.audit.rules import CHAINED, GENESIS, chain_hash
from portal.core import clock
from portal.core.db import session
from portal.home.health.models import BookCheck
from portal.home.health.proof import newest_check
from portal.security.viewer import Viewer

TAIL = 100
SHOWN = 5
ROLES = ("person.role_changed", "role.requested", "role.confirmed", "role.refused", "person.added")
PUBLICATIONS = ("program.published", "program.publish_refused")
LOCKS = ("period.locked", "month.closed", "month.reopened")


@dataclass(frozen=True)
class ChainStatus:
    """Which entries were recomputed just now, whether they fit, and when the whole chain was last checked."""

    first: int
    last: int
    last_hash: str
    broken: int | None
    checked_at: dt.datetime
    whole: BookCheck | None


def chain_status() -> ChainStatus:
    """Recompute the end of the chain; the whole of it is the nightly check's work."""
    table = AuditEntry.__table__
    newest = session.execute(select(table).order_by(table.c.id.desc()).limit(TAIL)).mappings().all()
    rows = newest[::-1]
    broken = None
    previous = rows[0]["previous_hash"] if rows else GENESIS
    for row in rows:
        if row["previous_hash"] != previous or row["hash"] != chain_hash(previous, {n: row[n] for n in CHAINED}):
            broken = row["id"]
            break
        previous = row["hash"]
    head = audit.head()
    if broken is None and rows and (head is None or head.last_hash != rows[-1]["hash"]):
        broken = rows[-1]["id"]
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (0, 0)
    return ChainStatus(first, last, head.last_hash if head else "", broken, clock.now(), newest_check())


def draw_search(viewer: Viewer) -> str:
    """The search box, larger than the one in the rail."""
    return render_template("home/_search_box.html")


def draw_chain(viewer: Viewer) -> str:
    """Whether the chain of the audit log holds."""
    return render_template("home/_chain.html", status=chain_status())


def newest_of(acts: tuple[str, ...]) -> list[AuditEntry]:
    """The newest entries of some acts; a seller's new account gives no right worth an auditor's look."""
    seller = AuditEntry.after.contains('"role":"seller"')
    query = select(AuditEntry).where(AuditEntry.act.in_(acts), or_(AuditEntry.after.is_(None), ~seller))
    return list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(SHOWN)))


def draw_roles(viewer: Viewer) -> str:
    """Who was given which role lately."""
    return render_template("home/_entries.html", entries=newest_of(ROLES), none="No role has changed yet.")


def draw_publications(viewer: Viewer) -> str:
    """Which plan versions were published lately."""
    return render_template("home/_entries.html", entries=newest_of(PUBLICATIONS), none="No plan is published yet.")


def draw_locks(viewer: Viewer) -> str:
    """Which periods and months were closed lately."""
    return render_template("home/_entries.html", entries=newest_of(LOCKS), none="No period is locked yet.")
