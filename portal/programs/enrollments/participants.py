"""Who takes part in a program, and who of them has accepted its terms: the manager's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.engine.certificates import owner_kind
from portal.engine.credit import matches
from portal.engine.plan import Plan
from portal.partners.certificates.queries import holdings_on, sellers_of
from portal.partners.organizations.models import Partner, PartnerState
from portal.partners.organizations.queries import visible_partners
from portal.partners.territories.models import Territory
from portal.programs.definitions.models import Program
from portal.programs.enrollments import queries
from portal.programs.enrollments.models import JOINED, TermsAcceptance
from portal.programs.enrollments.rules import Terms, asks_to_join, state_on
from portal.programs.pilots.sides import control_among, version_of
from portal.security.viewer import Viewer


@dataclass(frozen=True)
class ParticipantRow:
    """One partner the program is open to."""

    partner_id: int
    code: str
    name: str
    joined: bool
    since: dt.date | None
    receipt: TermsAcceptance | None
    certificate: str = ""
    lacks: bool = False


@dataclass(frozen=True)
class Participants:
    """The partners that take part, with their receipts of the newest terms; `invited` are those who could join."""

    opt_in: bool
    terms: Terms | None
    rows: list[ParticipantRow]
    invited: list[ParticipantRow]
    certificates: tuple[str, ...] = ()

    @property
    def stopped(self) -> int:
        """How many earn nothing now, because they have not accepted in time."""
        overdue = self.terms is not None and self.terms.is_overdue(clock.today())
        return len(self.rows) - self.accepted if overdue else 0

    @property
    def accepted(self) -> int:
        """How many have accepted."""
        return sum(row.receipt is not None for row in self.rows)

    @property
    def percent(self) -> int:
        """Whole percent that accepted; 0 while nobody takes part."""
        return self.accepted * 100 // len(self.rows) if self.rows else 0


def participants_of(viewer: Viewer, program: Program, *, on: Collection[dt.date] = ()) -> Participants:
    """The visible partners a program is open to, split into those who take part and those who could join.

    They take part today, or on any of the days `on`.
    """
    current = queries.current_versions(queries.versions_of(program))
    if not current:
        return Participants(opt_in=False, terms=None, rows=[], invited=[])
    opt_in = asks_to_join(current[0].document)
    terms = queries.terms_of(program)
    newest = terms[-1] if terms else None
    receipts = _receipts(program, newest)
    steps, days = queries.steps_of(program), on or (clock.today(),)
    rows: list[ParticipantRow] = []
    invited: list[ParticipantRow] = []
    version = version_of(queries.versions_of(program), current[0])
    eligibility = version.plan.eligibility
    query = visible_partners(viewer).add_columns(Territory.name)
    query = query.outerjoin(Territory, Territory.id == Partner.territory_id).where(Partner.state == PartnerState.ACTIVE)
    found = session.execute(query.order_by(Partner.name, Partner.code)).all()
    left_out = control_among({program.code: version}, [partner.id for partner, _ in found]).get(program.code, ())
    certified = _certified(version.plan, [partner.id for partner, _ in found])
    for partner, territory in found:
        values = {"type": partner.type, "tier": partner.tier, "segment": partner.segment, "territory": territory}
        states = [state for day in days if (state := state_on(steps.get(partner.id, ()), day)) is not None]
        now = next((state for state in states if state.state == JOINED), states[-1] if states else None)
        joined = not opt_in or (now is not None and now.state == JOINED)
        if partner.id in left_out or (not matches(eligibility, values) and not (opt_in and joined)):
            continue
        told, lacks = certified(partner.id)
        row = ParticipantRow(
            partner.id, partner.code, partner.name, joined, now.valid_from if now else None, receipts.get(partner.id),
            told, lacks,
        )  # fmt: skip
        (rows if joined else invited).append(row)
    return Participants(opt_in, newest, rows, invited, eligibility.certificates or ())


def _certified(plan: Plan, partner_ids: Sequence[int]) -> Callable[[int], tuple[str, bool]]:
    """How a partner stands to the certificates a plan asks for today, in words, and whether it has none of them."""
    names = plan.eligibility.certificates or ()
    if not names:
        return lambda _partner_id: ("", False)
    held = holdings_on(clock.today())
    if owner_kind(plan) == "partner":
        return lambda partner_id: _told(held.has("partner", partner_id, names))
    sellers = sellers_of(partner_ids)

    def counted(partner_id: int) -> tuple[str, bool]:
        every = sellers.get(partner_id, [])
        have = sum(held.has("person", number, names) for number in every)
        return f"{have} of {len(every)} sellers" if every else "no sellers", have == 0

    return counted


def _told(has: bool) -> tuple[str, bool]:
    return ("held", False) if has else ("missing", True)


def _receipts(program: Program, terms: Terms | None) -> dict[int, TermsAcceptance]:
    if terms is None:
        return {}
    query = select(TermsAcceptance).where(
        TermsAcceptance.program_id == program.id, TermsAcceptance.terms_digest == terms.digest
    )
    return {receipt.partner_id: receipt for receipt in session.scalars(query)}
