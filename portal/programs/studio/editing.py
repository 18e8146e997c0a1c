"""One press of a button or change in the editor, read as the next text of the plan.

Fields and text arrive together with the revision they were made from. Only what is different from that revision counts
as typed, and it is put into the text that stands now: neither side can take back what the other one said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request

from portal.programs.definitions.drafts import Draft, text_at
from portal.programs.studio.edits import edited
from portal.programs.studio.fields import Values, read_fields
from portal.programs.studio.merging import merge_documents, merge_texts, read_document, rewritten
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
    """The request as an edit of the text that stands now."""
    revision, button = typed_revision(), clean(request.form.get("do", ""))
    if button == "restore":
        return Edit(draft.row.source_text, revision, button)
    base = clean(text_at(draft.row, revision))
    typed = typed_fields()
    errors = table_errors(typed)
    by_fields = _written(base, {name: text for name, text in typed.items() if name not in errors}, button)
    by_text = typed_text() if "text" in request.form else base
    newer, older = (by_text, by_fields) if request.form.get("side") == "text" else (by_fields, by_text)
    now = clean(draft.text)
    text = merge_texts(base, merge_texts(base, newer, older), now)
    return Edit(
        draft.text if text == now else text, revision, button, typed.get("find", "").strip()[:100], typed, errors
    )


def _written(base: str, typed: Values, button: str) -> str:
    """The text under what the fields say differently; a text that cannot be read is left to its own form."""
    document = read_document(base)
    if document is None:
        return base
    untouched = edited(read_fields(document), document)
    now = edited({**read_fields(document), **typed}, document, button)
    if now == untouched:
        return base
    return rewritten(base, document, merge_documents(untouched, now, document))
