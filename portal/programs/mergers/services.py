"""Merging, splitting and undoing: lines, people, earnings and balances in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.ledger.queries import balances
from portal.ledger.services import reverse, transfer
from portal.partners.mergers.models import PartnerMerger
from portal.partners.mergers.queries import find_whole_merger, parts_of
from portal.partners.mergers.services import carry_out, record_merger, record_undo
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import find_parent, find_partner_by_code
from portal.partners.organizations.rules import clean_code
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.spif.queries import answer_on
from portal.partners.spif.services import answer_spifs
from portal.partners.territories.models import Territory
from portal.programs.mergers.queries import find_locked_period, people_of, transfers_of
from portal.programs.mergers.rules import PeriodIsLocked
from portal.programs.runs.services import run_for
from portal.programs.runs.values import PostedDifference
from portal.programs.target_sheets.refixing import refix_baselines
from portal.security.viewer import SYSTEM, Viewer


@dataclass(frozen=True)
class Outcome:
    """What a merger, a split or an undo did: who moved, which differences were posted, which balances went over."""

    merger: PartnerMerger
    people: int = 0
    posted: list[PostedDifference] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NewShop:
    """The shop that a split makes."""

    code: str
    name: str


def merge_partners(
    old: Partner, new: Partner, *, valid_from: dt.date, reason: str, by: Viewer, move_balance: bool = False
) -> Outcome:
    """Make one partner part of another from a day on: its lines from that day earn jointly, its history stays.

    Refused when a period of theirs from that day on is locked. With `move_balance` what is available goes over too.
    """
    merger = record_merger(old, new, valid_from=valid_from, reason=reason, by=by)
    _refuse_locked((old.id, new.id), valid_from, undo=False)
    return begin(merger, by=by, move_balance=move_balance)


def split_partner(
    old: Partner, shop: NewShop, *, people: Sequence[Person], valid_from: dt.date, reason: str, by: Viewer
) -> Outcome:
    """Make a shop of its own out of part of another one: the lines of these people go to it from a day on.

    It begins with the values and the answer about SPIFs that the old one has. What nobody sold in person stays.
    """
    if not people:
        raise InvalidInput("Choose at least one person who goes with the new shop.", field="people")
    if any(person.partner_id != old.id for person in people):
        raise InvalidInput(f"Only people of {old.name} can go with the new shop.", field="people")
    new = _make_shop(old, shop, valid_from=valid_from, by=by)
    merger = record_merger(old, new, valid_from=valid_from, reason=reason, by=by, sellers=people)
    _refuse_locked((old.id, new.id), valid_from, undo=False)
    return begin(merger, by=by)


def _make_shop(old: Partner, shop: NewShop, *, valid_from: dt.date, by: Viewer) -> Partner:
    if find_partner_by_code(clean_code(shop.code)) is not None:
        raise Conflict(f"There is already a partner with the code {shop.code.strip()}. Choose another.", field="code")
    values = {name: getattr(old, name) for name in ("type", "segment", "tier", "country", "currency")}
    territory = session.get(Territory, old.territory_id) if old.territory_id else None
    new = add_partner(
        shop.code, shop.name, parent=find_parent(SYSTEM, old), by=by, territory=territory.name if territory else "",
        **values,
    )  # fmt: skip
    answer_spifs(new, answer_on(old.id, valid_from).value, valid_from=min(valid_from, clock.today()))
    return new


def begin(merger: PartnerMerger, *, by: Viewer, move_balance: bool = False) -> Outcome:
    """Carry a merger out when its day has come, calculate both shops and post only the differences."""
    if merger.valid_from > clock.today():
        if move_balance:
            raise InvalidInput("A balance moves today or not at all. Leave it for the day itself.", field="balance")
        return Outcome(merger)
    moving = carry_out(merger, by=by)
    posted = _calculate(merger, by=by, undo=False)
    return Outcome(merger, moving, posted, _move_balance(merger, by=by) if move_balance else {})


def undo_merger(merger: PartnerMerger, *, reason: str, by: Viewer) -> Outcome:
    """Take a merger or split back, to the cent, as long as no period of it is locked."""
    both = (merger.from_partner_id, merger.into_partner_id)
    _refuse_locked(both, merger.valid_from, undo=True)
    _refuse_later(merger)
    record_undo(merger, reason=reason, by=by)
    for entry in transfers_of(merger.id):
        reverse(entry.id, reason=f"the merger was undone: {reason}", actor_person_id=by.person_id, min_days=0)
    posted = _calculate(merger, by=by, undo=True) if merger.valid_from <= clock.today() else []
    return Outcome(merger, posted=posted)


def _refuse_later(merger: PartnerMerger) -> None:
    """The shop both became may have become part of a third one since."""
    later = find_whole_merger(merger.into_partner_id)
    if later is not None and later.id != merger.id:
        third = session.get_one(Partner, later.into_partner_id)
        raise Conflict(f"The joint shop is part of {third.name} by now. Undo that first.")


def _refuse_locked(partner_ids: tuple[int, int], since: dt.date, *, undo: bool) -> None:
    locked = find_locked_period(partner_ids, since)
    if locked is not None:
        raise PeriodIsLocked(*locked, undo=undo)


def _calculate(merger: PartnerMerger, *, by: Viewer, undo: bool) -> list[PostedDifference]:
    both = {merger.from_partner_id, merger.into_partner_id}
    word = "split" if merger.seller_id is not None else "merger"
    reason = f"the {word} of {merger.valid_from}" + (" was undone" if undo else "")
    refix_baselines(both, merger.valid_from, reason=reason)
    days = (merger.valid_from, clock.today())
    return run_for(partner_ids=both, seller_ids=people_of(both), by=by, days=days, reason=reason)


def _move_balance(merger: PartnerMerger, *, by: Viewer) -> dict[str, int]:
    old, new = session.get_one(Partner, merger.from_partner_id), session.get_one(Partner, merger.into_partner_id)
    moved = {unit: balance.available for unit, balance in balances(old.owner_id).items() if balance.available > 0}
    for unit, amount in moved.items():
        transfer(
            old.owner_id, new.owner_id, unit, amount, f"merger/{merger.id}/{unit}",
            reason=f"{old.name} is part of {new.name}: {merger.reason}", actor_person_id=by.person_id,
        )  # fmt: skip
    return moved


def names_in(merger: PartnerMerger) -> list[str]:
    """The names of the people of a split."""
    people = [row.seller_id for row in parts_of(merger) if row.seller_id is not None]
    return sorted(person.name for number in people if (person := session.get(Person, number)) is not None)
