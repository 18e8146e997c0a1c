"""What the viewer owns, was told and has to answer: tiles of the partner's side, and the news of everybody."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, render_template, url_for
from sqlalchemy import func, select

from portal.core.db import session
from portal.home.answers import answer_of
from portal.ledger.queries import Balance, balances
from portal.notifications.models import Notification
from portal.notifications.queries import visible_notifications
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import visible_partners
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import visible_people
from portal.partners.spif.models import SpifAnswer
from portal.security.viewer import Viewer

POINTS = "points"
NEWS = 4
LATEST = 20
PEOPLE = 6


def draw_stars(viewer: Viewer) -> str:
    """A seller's stars and the one act, on the night ground."""
    held = balances(viewer.owner_id) if viewer.owner_id is not None else {}
    return render_template("home/_stars.html", viewer=viewer, stars=held.get(POINTS, Balance()))


def draw_company_balance(viewer: Viewer) -> str | None:
    """What the partner was paid, may be paid and waits for, one row a unit."""
    partner = own_partner(viewer)
    held = balances(partner.owner_id) if partner is not None else {}
    href = url_for("programs.statements.list_statements")
    return render_template("home/_company_balance.html", held=held, partner=partner, href=href) if partner else None


def own_partner(viewer: Viewer) -> Partner | None:
    """The partner the viewer works for; read once a request by the identity map."""
    if viewer.partner_id is None:
        return None
    if "own_partner" not in g:
        g.own_partner = session.scalar(visible_partners(viewer).where(Partner.id == viewer.partner_id))
    found: Partner | None = g.own_partner
    return found


def latest_notices(viewer: Viewer) -> Sequence[Notification]:
    """The viewer's newest notices, read once a request for the news and the celebration."""
    if "latest_notices" not in g:
        g.latest_notices = session.scalars(visible_notifications(viewer).limit(LATEST)).all()
    found: Sequence[Notification] = g.latest_notices
    return found


def draw_celebration(viewer: Viewer) -> str | None:
    """What is to be celebrated and was not yet; the notices' own view draws it."""
    if not any(notice.celebrate and notice.read_at is None for notice in latest_notices(viewer)):
        return None
    return answer_of("notifications.show_celebration")


def draw_news(viewer: Viewer) -> str | None:
    """The latest notices."""
    found = latest_notices(viewer)[:NEWS]
    return render_template("home/_news.html", notices=found) if found else None


def draw_spif_reminder(viewer: Viewer) -> str | None:
    """Asks whether the people may receive SPIFs, as long as nobody has answered."""
    partner = own_partner(viewer)
    if partner is None:
        return None
    answered = session.scalar(select(SpifAnswer.id).where(SpifAnswer.partner_id == partner.id).limit(1))
    if answered is not None:
        return None
    return render_template("home/_spif_reminder.html", href=url_for("partners.spif.answer_spifs", code=partner.code))


def draw_people(viewer: Viewer) -> str | None:
    """The partner's people who work there or are invited."""
    mine = visible_people(viewer).where(Person.partner_id == viewer.partner_id, Person.state != PersonState.ENDED)
    counted = mine.add_columns(func.count().over()).order_by(Person.state.desc(), Person.name, Person.id)
    rows = session.execute(counted.limit(PEOPLE)).all()
    more = rows[0][1] - len(rows) if rows else 0
    return render_template("home/_people.html", people=[person for person, _ in rows], more=more)
