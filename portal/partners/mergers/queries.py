"""Reading mergers: what stands, what was undone, and who hangs together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.mergers.models import PartnerMerger
from portal.partners.mergers.rules import Move

_UNDOING = aliased(PartnerMerger)


def standing(as_of: dt.datetime | None = None) -> Select[PartnerMerger]:
    """Mergers and splits that had been recorded and not undone at `as_of` (now)."""
    undone = select(_UNDOING.id).where(_UNDOING.undoes_id == PartnerMerger.id)
    query = select(PartnerMerger).where(PartnerMerger.undoes_id.is_(None))
    if as_of is not None:
        undone, query = undone.where(_UNDOING.recorded_at <= as_of), query.where(PartnerMerger.recorded_at <= as_of)
    return query.where(~undone.exists())


def read_moves(as_of: dt.datetime | None = None) -> list[Move]:
    """What stood at `as_of` (now), by day and then by when it was learned."""
    rows = session.scalars(standing(as_of).order_by(PartnerMerger.valid_from, PartnerMerger.seq, PartnerMerger.id))
    return [Move(row.from_partner_id, row.into_partner_id, row.valid_from, row.seller_id) for row in rows]


def merged_into(partner_id: int) -> Select[int]:
    """The ids of the partners that are part of this one today."""
    whole = standing().where(PartnerMerger.seller_id.is_(None), PartnerMerger.valid_from <= clock.today())
    return whole.where(PartnerMerger.into_partner_id == partner_id).with_only_columns(PartnerMerger.from_partner_id)


def merger_pairs() -> set[tuple[int, int]]:
    """Every two partners that ever exchanged lines, undone or not."""
    query = select(PartnerMerger.from_partner_id, PartnerMerger.into_partner_id).distinct()
    return {(old, new) for old, new in session.execute(query)}


def merged_with(partner_ids: Collection[int]) -> set[int]:
    """These partners and every one they ever exchanged lines with, in however many steps."""
    found = set(partner_ids)
    pairs = merger_pairs()
    while more := {one for pair in pairs if found & set(pair) for one in pair} - found:
        found |= more
    return found


def find_whole_merger(partner_id: int) -> PartnerMerger | None:
    """The merger that made the partner part of another one, from whatever day on."""
    query = standing().where(PartnerMerger.from_partner_id == partner_id, PartnerMerger.seller_id.is_(None))
    return session.scalar(query)


def list_mergers_of(partner_id: int) -> Sequence[PartnerMerger]:
    """Mergers and splits of a partner, undone ones included, newest first; a split is one row."""
    touching = or_(PartnerMerger.from_partner_id == partner_id, PartnerMerger.into_partner_id == partner_id)
    query = select(PartnerMerger).where(touching, PartnerMerger.undoes_id.is_(None), PartnerMerger.part_of_id.is_(None))
    return session.scalars(query.order_by(PartnerMerger.id.desc())).all()


def undoings_of(merger_ids: Collection[int]) -> dict[int, PartnerMerger]:
    """The rows that took these mergers back, by what they took back."""
    query = select(PartnerMerger).where(PartnerMerger.undoes_id.in_(merger_ids))
    return {row.undoes_id: row for row in session.scalars(query) if row.undoes_id is not None}


def get_merger_of(partner_id: int, merger_id: int) -> PartnerMerger:
    """A merger or split of a partner; another one's does not exist."""
    found = next((row for row in list_mergers_of(partner_id) if row.id == merger_id), None)
    if found is None:
        raise NotFound
    return found


def parts_of(merger: PartnerMerger) -> Sequence[PartnerMerger]:
    """The rows of a merger or split: itself, and the further sellers of a split."""
    query = select(PartnerMerger).where(or_(PartnerMerger.id == merger.id, PartnerMerger.part_of_id == merger.id))
    return session.scalars(query.where(PartnerMerger.undoes_id.is_(None)).order_by(PartnerMerger.id)).all()


def list_begun(since: dt.date, until: dt.date) -> Sequence[PartnerMerger]:
    """Mergers and splits that begin in a stretch of days, both ends included; for the nightly job."""
    query = standing().where(PartnerMerger.valid_from.between(since, until), PartnerMerger.part_of_id.is_(None))
    return session.scalars(query.order_by(PartnerMerger.valid_from, PartnerMerger.id)).all()
