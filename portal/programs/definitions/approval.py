"""Four eyes: the writer asks, somebody else reads the exact text and publishes it or sends it back."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, FourEyes, InvalidInput
from portal.core.events import emit
from portal.core.ids import digest
from portal.partners.access.queries import make_viewer
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions import services
from portal.programs.definitions.budgets import sums_of
from portal.programs.definitions.drafts import Draft, writers_of
from portal.programs.definitions.errors import DraftMoved, NotWaiting
from portal.programs.definitions.events import ApprovalAsked, DraftSentBack
from portal.programs.definitions.models import DraftAct, DraftState, ProgramVersion
from portal.programs.definitions.rules import TREATMENTS
from portal.programs.definitions.writing import check_writable
from portal.security.limits.queries import Desk
from portal.security.limits.rules import Kind
from portal.security.viewer import Role, Viewer


def approvers_of(draft: Draft) -> list[Person]:
    """The active channel managers who did not write at the draft, by name."""
    query = select(Person).where(Person.role == Role.CHANNEL_MANAGER, Person.state == PersonState.ACTIVE)
    return list(session.scalars(query.where(Person.id.not_in(writers_of(draft.row))).order_by(Person.name)))


def why_above(draft: Draft, viewer: Viewer) -> str | None:
    """Why the viewer's limit does not reach for the draft's budget, and who can publish it; None when it does."""
    return Desk(viewer, Kind.PROGRAM).why_above(sums_of(draft.plan), but=writers_of(draft.row))


def ask_approval(draft: Draft, *, by: Viewer, treatment: str = "", note: str = "") -> None:
    """Put the draft before a second manager as it stands; from now on it cannot be changed."""
    check_writable(draft, by)
    if draft.row.typed_text is not None:
        raise Conflict("The plan does not read yet. Mend what is marked, then ask for approval.")
    if treatment and treatment not in TREATMENTS:
        raise InvalidInput("Choose how the payments are booked.", field="treatment")
    draft.row.state, draft.row.treatment = DraftState.ASKED, treatment or draft.program.treatment
    draft.row.asked_by_id, draft.row.asked_at = by.person_id, clock.now()
    services.add_step(draft.row, DraftAct.ASKED, by, note)
    others = approvers_of(draft)
    emit(
        ApprovalAsked(
            draft.row.id, draft.row.title, draft.plan.name, by.name, note,
            [person.id for person in others], [person.email for person in others],
        )
    )  # fmt: skip
    audit.record(
        "draft.approval_asked", kind="program", id=draft.program.code, label=draft.row.title, reason=note or None,
        after={"text_digest": digest(draft.row.source_text), "treatment": draft.row.treatment}, actor=by,
    )  # fmt: skip


def take_back(draft: Draft, *, by: Viewer) -> None:
    """Withdraw the question; the draft can be changed again."""
    _check_waiting(draft)
    if by.read_only or by.person_id not in writers_of(draft.row):
        raise Forbidden("Only those who wrote the draft can take it back. You can send it back with a note.")
    draft.row.state = DraftState.WRITING
    services.add_step(draft.row, DraftAct.TAKEN_BACK, by)
    audit.record("draft.taken_back", kind="program", id=draft.program.code, label=draft.row.title, actor=by)


def send_back(draft: Draft, *, by: Viewer, note: str) -> None:
    """Give the draft back to its writers with what is to be mended."""
    _check_second(draft, by)
    _check_waiting(draft)
    if not note.strip():
        raise InvalidInput("Write what is to be changed, so that the writer can mend it.", field="note")
    draft.row.state = DraftState.SENT_BACK
    services.add_step(draft.row, DraftAct.SENT_BACK, by, note)
    asked = draft.row.asked_by_id or draft.row.drafted_by_id
    emit(DraftSentBack(draft.row.id, draft.row.title, draft.plan.name, by.name, note, asked))
    audit.record("draft.sent_back", kind="program", id=draft.program.code, label=draft.row.title, reason=note, actor=by)


def publish_draft(
    draft: Draft, *, approved_by: Viewer, inside_period: str | None = None, revision: int | None = None
) -> ProgramVersion:
    """Publish a draft as the next version: written by its author, asked for, approved by somebody else.

    `revision` is the one the approver read; a draft that moved since is refused.
    """
    _check_second(draft, approved_by)
    _check_waiting(draft)
    if revision is not None and revision != draft.row.revision:
        raise DraftMoved("The draft changed after you opened it. Read it again.", draft.row.revision)
    Desk(approved_by, Kind.PROGRAM).check(sums_of(draft.plan), but=writers_of(draft.row))
    version = services.publish_version(
        draft.row.source_text, by=make_viewer(draft.author), approved_by=approved_by,
        inside_period=inside_period or None, treatment=draft.row.treatment, announce=True,
    )  # fmt: skip
    draft.row.published_version_id, draft.row.state = version.id, DraftState.PUBLISHED
    services.add_step(draft.row, DraftAct.PUBLISHED, approved_by)
    return version


def _check_second(draft: Draft, by: Viewer) -> None:
    if by.read_only or not by.can("program:publish"):
        raise Forbidden
    if by.person_id in writers_of(draft.row):
        others = approvers_of(draft)
        can = f" {others[0].name} can." if others else ""
        raise FourEyes(f"You wrote this version, so someone else must approve it.{can}")


def _check_waiting(draft: Draft) -> None:
    if draft.row.state != DraftState.ASKED:
        raise NotWaiting(f"{draft.author.name} has not asked for approval of this draft yet.")
