"""Rewards, tiers, badges and who agreed to be named on boards."""

from __future__ import annotations

from sqlalchemy import insert, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.demo.examples import catalog
from portal.gamification.badges.services import award_everybody, load_badges
from portal.gamification.leaderboards.models import BoardConsent
from portal.gamification.levels.services import load_tiers
from portal.partners.people.models import Person
from portal.rewards.catalog.services import load_catalog
from portal.security.viewer import Role

STAYS_UNNAMED = 7  # every seventh seller has not agreed: boards show their place without their name


def build() -> None:
    """What can be won, before anybody has won anything; sellers say whether boards may name them."""
    with transaction():
        load_catalog(catalog("rewards"))
        load_tiers(catalog("tiers"))
        load_badges(catalog("badges"))
        _consents()


def award() -> None:
    """Everybody's badges of the channel's history, told to nobody."""
    with transaction():
        award_everybody(announce=False)


def _consents() -> None:
    sellers = session.execute(select(Person.id, Person.password_hash).where(Person.role == Role.SELLER)).all()
    rows = [
        {"person_id": number, "show_name": True, "changed_at": clock.now()}
        for number, password in sellers
        if password is not None or number % STAYS_UNNAMED != 1
    ]
    session.execute(insert(BoardConsent), rows)
