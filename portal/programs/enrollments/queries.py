"""Who takes part in what, which terms were accepted and which still wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.enrollments.models import JOINED, Enrollment, TermsAcceptance, TermsReminder
from portal.programs.enrollments.rules import Step, Terms, asks_to_join, state_on, terms_in, waiting
from portal.security.viewer import Role, Viewer


@dataclass(frozen=True)
class Standing:
    """How a partner stands to a program: joined or not, which terms it accepted, which wait for an answer."""

    opt_in: bool = False
    steps: tuple[Step, ...] = ()
    terms: Terms | None = None
    waiting: tuple[Terms, ...] = ()
    receipts: tuple[TermsAcceptance, ...] = field(default=())

    @property
    def joined(self) -> bool:
        """Whether it takes part today; everybody does where nobody needs to join."""
        now = state_on(self.steps, clock.today())
        return not self.opt_in or (now is not None and now.state == JOINED)

    @property
    def since(self) -> dt.date | None:
        """The day since which today's state holds."""
        now = state_on(self.steps, clock.today())
        return now.valid_from if now else None

    @property
    def planned(self) -> Step | None:
        """The next change that is already recorded."""
        later = sorted({step.valid_from for step in self.steps if step.valid_from > clock.today()})
        changes = [state_on(self.steps, day) for day in later]
        return next((step for step in changes if step and (step.state == JOINED) != self.joined), None)

    @property
    def asks(self) -> bool:
        """Whether terms wait for this partner's answer."""
        return bool(self.waiting) and (self.joined or self.planned is not None)

    @property
    def stopped(self) -> bool:
        """Whether a partner that joined earns nothing now, because it has not accepted the terms in time."""
        return self.opt_in and self.joined and any(terms.is_overdue(clock.today()) for terms in self.waiting)


def standings(partner_id: int, program_ids: Sequence[int]) -> dict[int, Standing]:
    """A partner's standing in each of some programs; three statements of SQL however many there are."""
    versions = _versions(program_ids)
    steps = _steps(program_ids, [partner_id])
    query = select(TermsAcceptance).where(
        TermsAcceptance.partner_id == partner_id, TermsAcceptance.program_id.in_(program_ids)
    )
    receipts: dict[int, list[TermsAcceptance]] = {}
    for receipt in session.scalars(query.order_by(TermsAcceptance.id.desc())):
        receipts.setdefault(receipt.program_id, []).append(receipt)
    return {
        number: _standing(versions.get(number, []), steps.get((number, partner_id), []), receipts.get(number, []))
        for number in program_ids
    }


def _standing(versions: list[ProgramVersion], steps: Sequence[Step], receipts: Sequence[TermsAcceptance]) -> Standing:
    current = current_versions(versions)
    if not current:
        return Standing(receipts=tuple(receipts))
    found = [_terms(version) for version in current]
    asked = waiting([one for one in found if one], [receipt.terms_digest for receipt in receipts])
    return Standing(asks_to_join(current[0].document), tuple(steps), found[0], tuple(asked), tuple(receipts))


def current_versions(versions: Sequence[ProgramVersion]) -> list[ProgramVersion]:
    """The version in force and those to come; nothing once the program has ended."""
    today = clock.today()
    begun = [version for version in versions if version.effective_from <= today]
    coming = [version for version in versions if version.effective_from > today]
    in_force = [version for version in begun[-1:] if not version.effective_until or version.effective_until > today]
    return [*in_force, *coming]


def _terms(version: ProgramVersion) -> Terms | None:
    return terms_in(version.document, version.number, version.effective_from)


def terms_of(program: Program) -> list[Terms]:
    """The terms in force and to come of one program, oldest first, each text once."""
    found = [_terms(version) for version in current_versions(versions_of(program))]
    return waiting([one for one in found if one], [])


def _versions(program_ids: Sequence[int]) -> dict[int, list[ProgramVersion]]:
    query = select(ProgramVersion).where(ProgramVersion.program_id.in_(program_ids)).order_by(ProgramVersion.number)
    found: dict[int, list[ProgramVersion]] = {}
    for version in session.scalars(query):
        found.setdefault(version.program_id, []).append(version)
    return found


def _steps(program_ids: Sequence[int], partner_ids: Sequence[int] | None) -> dict[tuple[int, int], list[Step]]:
    query = select(Enrollment.program_id, Enrollment.partner_id, Enrollment.state, Enrollment.valid_from)
    query = query.where(Enrollment.program_id.in_(program_ids))
    if partner_ids is not None:
        query = query.where(Enrollment.partner_id.in_(partner_ids))
    found: dict[tuple[int, int], list[Step]] = {}
    for program_id, partner_id, state, day in session.execute(query.order_by(Enrollment.seq, Enrollment.id)):
        found.setdefault((program_id, partner_id), []).append(Step(state, day))
    return found


def versions_of(program: Program) -> list[ProgramVersion]:
    """The published versions of one program, oldest first."""
    return _versions([program.id]).get(program.id, [])


def steps_of(program: Program) -> dict[int, list[Step]]:
    """Every recorded step of a program by partner."""
    return {partner_id: steps for (_, partner_id), steps in _steps([program.id], None).items()}


def last_reminder(program: Program, terms: Terms) -> TermsReminder | None:
    """The newest reminder about these terms."""
    query = select(TermsReminder).where(
        TermsReminder.program_id == program.id, TermsReminder.terms_digest == terms.digest
    )
    return session.scalar(query.order_by(TermsReminder.id.desc()).limit(1))


def admin_addresses(partner_ids: Sequence[int]) -> list[str]:
    """The e-mail addresses of the admins of some partners who may log in."""
    query = select(Person.email).where(
        Person.partner_id.in_(partner_ids), Person.role == Role.PARTNER_ADMIN, Person.state == PersonState.ACTIVE
    )
    return list(session.scalars(query.order_by(Person.email)))


def visible_acceptances(viewer: Viewer) -> Select[TermsAcceptance]:
    """The receipts of the partners a viewer may see."""
    scope = partner_scope(viewer, TermsAcceptance.partner_id)
    return select(TermsAcceptance) if scope is None else select(TermsAcceptance).where(scope)


@dataclass(frozen=True)
class Receipt:
    """One receipt with everything it names."""

    row: TermsAcceptance
    program: Program
    partner: Partner
    terms: Terms


def get_receipt(viewer: Viewer, number: int) -> Receipt:
    """A visible receipt with the text it is bound to; a stranger's does not exist."""
    query = (
        visible_acceptances(viewer)
        .add_columns(Program, Partner, ProgramVersion)
        .join(Program, Program.id == TermsAcceptance.program_id)
        .join(Partner, Partner.id == TermsAcceptance.partner_id)
        .join(
            ProgramVersion,
            (ProgramVersion.program_id == TermsAcceptance.program_id)
            & (ProgramVersion.number == TermsAcceptance.version_number),
        )
        .where(TermsAcceptance.id == number)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    row, program, partner, version = found
    return Receipt(row, program, partner, _terms(version) or Terms(version.number, version.effective_from, ""))
