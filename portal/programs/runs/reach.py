"""How far a calculation reaches: which partners, programs and periods one touched participant brings with it."""

from __future__ import annotations

from sqlalchemy import select

from portal.core import clock
from portal.core.clock import day_number
from portal.core.db import session
from portal.engine import pipeline as engine
from portal.engine.periods import Program
from portal.engine.rivals import cut_each_other
from portal.partners.mergers.queries import merged_with
from portal.partners.organizations.models import Partner, PartnerValue
from portal.partners.people.models import Employment, Person


def stack_groups(program: Program) -> set[str]:
    """The groups in which a program competes for lines."""
    return {str(version.plan.stack.group) for version in program.versions if version.plan.stack.chooses}


def companions(programs: list[Program], code: str) -> list[Program]:
    """A program and those that compete with it for lines: they are only right together."""
    groups = {group for program in programs if program.code == code for group in stack_groups(program)}
    return [program for program in programs if program.code == code or stack_groups(program) & groups]


def by_reach(programs: list[Program]) -> tuple[list[Program], list[Program], list[Program]]:
    """The programs where a touched participant is enough, where its whole periods are, and where all of its life is.

    A budget that stops looks at the whole program; a stack group reaches as far as the one of its programs that
    reaches farthest. Programs that compete in periods of different days look at their whole lives: what moves one
    period of the one moves every period of the other that it cuts, and so on.
    """
    today = day_number(clock.today())
    stopping = [
        program for program in programs
        if any(version.plan.stops for version in program.versions)
        or any(cut_each_other(program, one, today) for one in programs if one is not program)
    ]  # fmt: skip
    groups = {group for program in stopping for group in stack_groups(program)}
    lasting = [program for program in programs if program in stopping or stack_groups(program) & groups]
    rest = [program for program in programs if program not in lasting]
    shared = [program for program in rest if engine.needs_everybody(program)]
    return [program for program in rest if program not in shared], shared, lasting


def partners_to_read(programs: list[Program], partner_ids: set[int], seller_ids: set[int]) -> set[int]:
    """The partners themselves, every shop the sellers ever worked for, and (for parents) all branches."""
    start = merged_with(partner_ids)
    found = set(start)
    if seller_ids:
        found |= set(session.scalars(select(Employment.partner_id).where(Employment.person_id.in_(seller_ids))))
        own = select(Person.partner_id).where(Person.id.in_(seller_ids), Person.partner_id.is_not(None))
        found |= {number for number in session.scalars(own) if number is not None}
    if any(version.plan.participant == "parent" for program in programs for version in program.versions):
        found |= _families(start)
    if any(version.plan.pilot is not None for program in programs for version in program.versions):
        found |= _owners(found)
    return found if found == start else merged_with(found)


def _owners(partner_ids: set[int]) -> set[int]:
    """All who own these partners or ever did, however far up: a pilot is split by companies."""
    found: set[int] = set()
    below = set(partner_ids)
    while below:
        dated = select(PartnerValue.parent_id).where(PartnerValue.partner_id.in_(below))
        below = {number for number in session.scalars(dated) if number is not None} - found - partner_ids
        found |= below
    return found


def _families(partner_ids: set[int]) -> set[int]:
    """All branches of the parents these partners have or had."""
    dated = select(PartnerValue.parent_id).where(PartnerValue.partner_id.in_(partner_ids))
    parents = {number for number in session.scalars(dated) if number is not None} | partner_ids
    branches = select(PartnerValue.partner_id).where(PartnerValue.parent_id.in_(parents))
    current = select(Partner.id).where(Partner.parent_id.in_(parents))
    return set(session.scalars(branches)) | set(session.scalars(current)) | parents


def participants_to_post(partner_ids: set[int]) -> set[int]:
    """The partners, those they exchanged lines with, and the parents all of them have or had."""
    partner_ids = merged_with(partner_ids)
    dated = select(PartnerValue.parent_id).where(PartnerValue.partner_id.in_(partner_ids))
    return partner_ids | {number for number in session.scalars(dated) if number is not None}
