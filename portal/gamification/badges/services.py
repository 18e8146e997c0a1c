"""Giving badges: once each, whoever asks how often."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import is_postgresql, session
from portal.core.events import emit
from portal.gamification.badges.events import BadgeAwarded
from portal.gamification.badges.models import Badge, BadgeAward
from portal.gamification.badges.queries import (
    BadgeView,
    awards_of,
    campaigns_by_code,
    deeds_of,
    list_badges,
    view_of,
)
from portal.gamification.badges.rules import Deeds, parse_rule
from portal.gamification.badges.words import headline
from portal.partners.people.models import Person, PersonState

CHUNK = 400


def load_badges(rows: Iterable[Mapping[str, Any]] | Mapping[str, Any]) -> int:
    """Add badges written as text; known codes are left as they are. Returns how many are new."""
    listed = list(rows["badges"] if isinstance(rows, Mapping) else rows)
    known = set(session.scalars(select(Badge.code)))
    fresh = [(place, row) for place, row in enumerate(listed) if row["code"] not in known]
    for place, row in fresh:
        badge = Badge(
            code=row["code"], name=row["name"], sentence=row["sentence"], glyph=row["glyph"],
            rule=parse_rule(row["rule"]).to_json(), position=place,
        )  # fmt: skip
        session.add(badge)
        session.flush()
        audit.record("badge.added", kind="badge", id=badge.id, label=badge.name, after={"rule": badge.rule})
    return len(fresh)


def award_badges_for(person_ids: Collection[int], *, announce: bool = True) -> list[BadgeAward]:
    """Give these people every badge that is due and not given yet; a badge once given stays.

    `announce=False` gives them without a fact, for building a history.
    """
    badges, campaigns = list_badges(), campaigns_by_code()
    given: list[BadgeAward] = []
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted) if badges else 0, CHUNK):
        people = wanted[start : start + CHUNK]
        deeds, awards = deeds_of(people), awards_of(people)
        due = {
            (person, badge.id): view
            for person in people
            for badge in badges
            if (person, badge.id) not in awards
            and (view := view_of(badge, deeds.get(person, Deeds()), campaigns, None)).progress.reached
        }
        given.extend(_give(due, announce=announce))
    return given


def award_everybody(*, announce: bool = True) -> int:
    """Give everybody what is due; the nightly net under the listeners. Returns how many badges were given."""
    query = select(Person.id).where(Person.partner_id.is_not(None), Person.state != PersonState.ENDED)
    return len(award_badges_for(list(session.scalars(query)), announce=announce))


def _give(due: Mapping[tuple[int, int], BadgeView], *, announce: bool) -> Sequence[BadgeAward]:
    if not due:
        return []
    moment = clock.now()
    rows = [
        {
            "person_id": person, "badge_id": badge, "count": view.progress.count, "awarded_at": moment,
            "earned_on": view.progress.reached_on or clock.today(),
        }
        for (person, badge), view in due.items()
    ]  # fmt: skip
    insert = (postgresql if is_postgresql() else sqlite).insert(BadgeAward)
    statement = insert.on_conflict_do_nothing().returning(BadgeAward)
    awards = session.scalars(statement, rows).all()
    for award in awards if announce else ():
        _announce(award, due[award.person_id, award.badge_id])
    return awards


def _announce(award: BadgeAward, view: BadgeView) -> None:
    badge = view.badge
    emit(
        BadgeAwarded(
            award_id=award.id, code=badge.code, name=badge.name, headline=headline(view.rule, view.campaign),
            sentence=badge.sentence, glyph=badge.glyph, number=view.rule.at, person_id=award.person_id,
            earned_on=award.earned_on.isoformat(),
        )
    )  # fmt: skip
    audit.record(
        "badge.awarded", kind="badge", id=badge.id, label=f"{badge.name}, person {award.person_id}",
        after={"count": award.count},
    )  # fmt: skip
