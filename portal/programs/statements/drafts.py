"""What a closed or open quarter would have paid under a draft, computed by the engine."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import PortalError
from portal.programs.definitions.models import ProgramDraft
from portal.programs.definitions.variants import parse_plan
from portal.programs.runs.explanations import Explained, explain
from portal.programs.statements import queries
from portal.programs.statements.documents import Document


@dataclass(frozen=True)
class DraftNote:
    """A draft that would have paid another amount for the same sales."""

    draft_id: int
    title: str
    told: Explained
    amount: int


def draft_notes(document: Document) -> list[DraftNote]:
    """For every program of a statement and every draft of it: the amount, where it differs."""
    told = {one.program.code: one for one in document.told}
    if not told:
        return []
    notes = [_note(document, told[code], draft) for code, draft in queries.open_drafts(set(told))]
    return [note for note in notes if note is not None and note.amount != note.told.earned]


def _note(document: Document, told: Explained, draft: ProgramDraft) -> DraftNote | None:
    who = document.participant
    try:
        plan = parse_plan(draft.source_text)
        if plan.unit != told.unit or plan.participant != told.plan.participant:
            return None
        other = explain(
            told.program.code,
            who.kind,
            who.id,
            who.code,
            told.period_start,
            as_of=told.as_of,
            known=told.known,
            draft=plan,
        )
    except PortalError:
        return None
    return DraftNote(draft.id, draft.title, told, other.earned)
