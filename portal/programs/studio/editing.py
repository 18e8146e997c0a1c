"""One press of a button or change of a field in the editor, read as the next text of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request

from portal.engine.errors import PlanError
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions.drafts import Draft
from portal.programs.studio.edits import edited
from portal.programs.studio.fields import Values
from portal.programs.studio.plan_writing import write_plan
from portal.programs.studio.typing_in import clean, table_errors, typed_fields, typed_revision, typed_text


@dataclass(frozen=True)
class Edit:
    """What was sent: the text it makes, the revision it was made from, the button, and what cannot be written."""

    text: str
    revision: int
    button: str = ""
    find: str = ""
    typed: Values | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read_edit(draft: Draft) -> Edit:
    """The request as an edit: the text as typed, or the fields written into the text that stands there."""
    revision, button = typed_revision(), clean(request.form.get("do", ""))
    if request.form.get("side") == "text":
        text = draft.row.source_text if button == "restore" else typed_text()
        return Edit(text, revision, button)
    typed = typed_fields()
    errors = table_errors(typed)
    text = draft.text if errors else _written(draft, typed, button)
    return Edit(text, revision, button, typed.get("find", "").strip()[:100], typed, errors)


def _written(draft: Draft, typed: Values, button: str) -> str:
    """The text under the fields' changes; a text that cannot be read is left to its own form."""
    try:
        base = read_plan_text(draft.text)[0]
    except PlanError:
        return draft.text
    written = edited(typed, base, button)
    return draft.text if written == base else write_plan(written)
