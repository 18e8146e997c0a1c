"""Giving badges: once each, whoever asks how often."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import is_postgresql, session
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import emit
from portal.gamification.badges.events import BadgeAwarded, BadgeRuleSet
from portal.gamification.badges.models import Badge, BadgeAward
from portal.gamification.badges.queries import (
    BadgeView,
    awards_of,
    campaigns_by_code,
    deeds_of,
    families_in,
    list_given,
    view_of,
)
from portal.gamification.badges.rules import GLYPHS, OF_SALES, Deeds, Rule, parse_rule, propose_code
from portal.gamification.badges.words import headline
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import SYSTEM, Viewer

CHUNK = 400


@dataclass(frozen=True)
class BadgeValues:
    """What a person decides about a badge."""

    name: str
    sentence: str
    glyph: str
    rule: Rule


def add_badge(values: BadgeValues, *, by: Viewer = SYSTEM) -> Badge:
    """Make a badge; whoever has done it already gets it, with the day it was reached."""
    _check(values)
    codes = set(session.scalars(select(Badge.code)))
    last = session.scalar(select(func.max(Badge.position)))
    badge = Badge(
        code=propose_code(values.name, codes), name=values.name, sentence=values.sentence, glyph=values.glyph,
        rule=values.rule.to_json(), position=0 if last is None else last + 1,
    )  # fmt: skip
    session.add(badge)
    session.flush()
    emit(BadgeRuleSet(code=badge.code))
    _record("badge.added", badge, by, after=_plain(values))
    return badge


def change_badge(badge: Badge, values: BadgeValues, *, by: Viewer) -> bool:
    """Change a locked badge; who has it keeps it. Says whether anything changed."""
    _check(values, but=badge.id)
    rule = replace(values.rule, retired_on=parse_rule(badge.rule).retired_on)
    wanted = _plain(replace(values, rule=rule))
    after = {name: value for name, value in wanted.items() if getattr(badge, name) != value}
    if not after:
        return False
    before = {name: getattr(badge, name) for name in after}
    for name, value in after.items():
        setattr(badge, name, value)
    if "rule" in after:
        emit(BadgeRuleSet(code=badge.code))
    _record("badge.changed", badge, by, before=before, after=after)
    return True


def retire_badge(badge: Badge, *, by: Viewer) -> None:
    """Give a locked badge to nobody else; who has it keeps it."""
    rule = parse_rule(badge.rule)
    if rule.retired_on is None:
        badge.rule = replace(rule, retired_on=clock.today()).to_json()
        _record("badge.retired", badge, by)


def restore_badge(badge: Badge, *, by: Viewer) -> None:
    """Give a locked badge again; whoever has done it meanwhile gets it, too."""
    rule = parse_rule(badge.rule)
    if rule.retired_on is not None:
        badge.rule = replace(rule, retired_on=None).to_json()
        emit(BadgeRuleSet(code=badge.code))
        _record("badge.restored", badge, by)


def _check(values: BadgeValues, *, but: int | None = None) -> None:
    """Refuse a badge that nobody could tell from another one, or that nobody could ever earn."""
    others = session.execute(select(Badge.id, Badge.name))
    if any(name.casefold() == values.name.casefold() for number, name in others if number != but):
        raise Conflict(f"There is already a badge called “{values.name}”. Choose another name.", field="name")
    if values.glyph not in GLYPHS:
        raise InvalidInput("Choose one of the pictures.", field="glyph")
    _check_rule(parse_rule(values.rule.to_json()))


def _check_rule(rule: Rule) -> None:
    if rule.count not in OF_SALES:
        if rule != Rule(rule.count, rule.at):
            raise InvalidInput(
                "Claims and stars are counted whatever was sold. Choose all sales to end customers here.", field="sales"
            )
        return
    campaign = campaigns_by_code().get(rule.program) if rule.program else None
    if rule.program and campaign is None:
        raise InvalidInput("This campaign is not published. Choose another one.", field="sales")
    if rule.count == "categories" and rule.at > (most := len(families_in(campaign))):
        known = "1 family" if most == 1 else f"{most} families"
        raise InvalidInput(f"The products there are make {known}, so nobody could reach {rule.at:,}.", field="at")


def _plain(values: BadgeValues) -> dict[str, str]:
    """The columns that hold what was decided."""
    return {
        "name": values.name, "sentence": values.sentence, "glyph": values.glyph, "rule": values.rule.to_json(),
    }  # fmt: skip


def _record(
    verb: str, badge: Badge, by: Viewer, *, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> None:
    session.flush()
    audit.record(verb, kind="badge", id=badge.id, label=badge.name, actor=by, before=before, after=after)


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
    badges, campaigns = list_given(), campaigns_by_code()
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
