"""What the viewer owns, was told and has to answer: tiles of the partner's side, and the news of everybody."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy import func, select

from portal.core.db import session
from portal.ledger.queries import Balance, balances
from portal.notifications.queries import visible_notifications
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import visible_partners
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import visible_people
from portal.partners.spif.models import SpifAnswer
from portal.security.viewer import Viewer

POINTS = "points"
NEWS = 4
PEOPLE = 6


def draw_stars(viewer: Viewer) -> str:
    """A seller's stars and the one act, on the night ground."""
    held = balances(viewer.owner_id) if viewer.owner_id is not None else {}
    return render_template("home/_stars.html", viewer=viewer, stars=held.get(POINTS, Balance()))


def draw_company_balance(viewer: Viewer) -> str | None:
    """What the partner was paid, may be paid and waits for, one row a unit."""
    partner = own_partner(viewer)
    held = balances(partner.owner_id) if partner is not None else {}
    return render_template("home/_company_balance.html", held=held, partner=partner) if partner else None


def own_partner(viewer: Viewer) -> Partner | None:
    """The partner the viewer works for; read once a request by the identity map."""
    if viewer.partner_id is None:
        return None
    return session.scalar(visible_partners(viewer).where(Partner.id == viewer.partner_id))


def draw_news(viewer: Viewer) -> str | None:
    """The latest notices."""
    found = session.scalars(visible_notifications(viewer).limit(NEWS)).all()
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
    people = session.scalars(mine.order_by(Person.state.desc(), Person.name).limit(PEOPLE)).all()
    total = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    return render_template("home/_people.html", people=people, more=total - len(people))
