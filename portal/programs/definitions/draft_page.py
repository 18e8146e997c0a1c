"""What the page of a draft shows to whoever decides about it."""

from __future__ import annotations

from typing import Any

from portal.programs.definitions import approval, overview
from portal.programs.definitions.differences import differences
from portal.programs.definitions.drafts import Draft, list_steps, writers_of
from portal.programs.definitions.forms import AskApprovalForm, PublishDraftForm, SendBackForm
from portal.programs.definitions.models import DraftAct, DraftState
from portal.programs.definitions.rules import TREATMENTS
from portal.programs.definitions.words import KINDS, plan_words
from portal.programs.simulation.queries import newest_simulation
from portal.security.viewer import Viewer
from portal.web.forms import PortalForm

ACTS = {
    DraftAct.WRITTEN: "wrote", DraftAct.ASKED: "asked for approval", DraftAct.TAKEN_BACK: "took it back",
    DraftAct.SENT_BACK: "sent it back", DraftAct.PUBLISHED: "published it", DraftAct.DISCARDED: "discarded it",
}  # fmt: skip


def draft_context(draft: Draft, viewer: Viewer, refused: PortalForm | None = None) -> dict[str, Any]:
    """Everything the template needs; `refused` is the form that was sent and comes back."""
    row = overview.rows_of([draft.program])[0]
    newest = newest_simulation(draft.program.id, draft_id=draft.row.id, finished=False)
    simulation = newest_simulation(draft.program.id, draft_id=draft.row.id)
    ask = AskApprovalForm(data={"treatment": draft.row.treatment or draft.program.treatment})
    return {
        "draft": draft, "row": row, "words": plan_words(draft.plan), "kinds": KINDS, "treatments": TREATMENTS,
        "now": plan_words(row.plan) if row.plan is not None else [], "changes": differences(row.plan, draft.plan),
        "steps": told_steps(draft), "writer": viewer.person_id in writers_of(draft.row),
        "others": [person.name for person in approval.approvers_of(draft)],
        "above": approval.why_above(draft, viewer),
        "waiting": draft.row.state == DraftState.ASKED, "simulation": simulation, "refused": refused,
        "trying": newest is not None and newest.cost is None,
        "tried": simulation is not None and simulation.source_text == draft.row.source_text,
        "ask": refused if isinstance(refused, AskApprovalForm) else ask,
        "back": refused if isinstance(refused, SendBackForm) else SendBackForm(formdata=None),
        "form": refused if isinstance(refused, PublishDraftForm) else PublishDraftForm(formdata=None),
    }  # fmt: skip


def told_steps(draft: Draft) -> list[dict[str, Any]]:
    """The history, newest first; changes by one person in a row are one entry."""
    told: list[dict[str, Any]] = []
    for step, name in list_steps(draft.row):
        text = f"{name} {ACTS[DraftAct(step.act)]}"
        if told and step.act == DraftAct.WRITTEN and told[-1]["text"].startswith(text):
            told[-1]["count"] += 1
            told[-1]["text"] = f"{text}, {told[-1]['count']} changes"
        else:
            told.append({"at": step.at, "text": text, "note": step.note, "count": 1})
    return told
