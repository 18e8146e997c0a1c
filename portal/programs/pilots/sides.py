"""On which side of which pilots partners are; asked by every list that shows programs to those they are open to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select

from portal.core.clock import day_number
from portal.core.db import session
from portal.engine.periods import Version
from portal.engine.pilots import company_of, is_chosen
from portal.partners.organizations.models import Partner, PartnerValue
from portal.programs.definitions.models import ProgramVersion
from portal.programs.definitions.queries import plan_of

Timelines = dict[int, list[tuple[int, int | None]]]


def version_of(versions: Sequence[ProgramVersion], wanted: ProgramVersion) -> Version:
    """One of a program's published versions in the shape the engine takes; `versions` are all of them, oldest first."""
    first = day_number(versions[0].effective_from)
    return Version(wanted.number, plan_of(wanted), split_day=first)


def control_among(versions: Mapping[str, Version], partner_ids: Collection[int]) -> dict[str, frozenset[int]]:
    """Of some partners those in the control group of each version; nothing is read where no version is a pilot."""
    piloted = {code: version for code, version in versions.items() if version.plan.pilot is not None}
    if not piloted or not partner_ids:
        return {}
    timelines = read_timelines(partner_ids)
    codes = _codes({*timelines, *partner_ids})
    return {code: frozenset(_left_out(version, partner_ids, timelines, codes)) for code, version in piloted.items()}


def _left_out(
    version: Version, partner_ids: Iterable[int], timelines: Timelines, codes: Mapping[int, str]
) -> Iterable[int]:
    for number in partner_ids:
        company = company_of(number, version.split_on, timelines)
        if version.plan.pilot is not None and not is_chosen(version.plan.pilot, codes[company]):
            yield number


def read_timelines(partner_ids: Collection[int]) -> Timelines:
    """Who owned these partners, and who owned those, by day; of several rows for a day the newest recorded counts."""
    found: Timelines = {}
    wanted = set(partner_ids)
    while wanted:
        query = select(PartnerValue.partner_id, PartnerValue.valid_from, PartnerValue.parent_id)
        query = query.where(PartnerValue.partner_id.in_(wanted)).order_by(PartnerValue.seq, PartnerValue.id)
        newest = {(number, day): parent for number, day, parent in session.execute(query)}
        for (number, day), parent in newest.items():
            found.setdefault(number, []).append((day_number(day), parent))
        wanted = {parent for parent in newest.values() if parent is not None} - set(found)
    return found


def _codes(partner_ids: Collection[int]) -> dict[int, str]:
    query = select(Partner.id, Partner.code).where(Partner.id.in_(partner_ids))
    return {number: code for number, code in session.execute(query)}
