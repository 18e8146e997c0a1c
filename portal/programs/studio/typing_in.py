"""What the editor's two forms send, cleaned of characters that no database takes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from portal.programs.studio.fields import COMPONENT_FIELDS, Values, repeated_rows

MOST_TEXT = 100_000


def clean(text: str) -> str:
    """No control characters but tab and line end, no lone surrogates, not endless."""
    plain = text.encode("utf-8", "ignore").decode()[:MOST_TEXT].replace("\r\n", "\n")
    return "".join(sign for sign in plain if ord(sign) >= 32 or sign in "\n\t")


def typed_fields() -> Values:
    """Every field of the form; of boxes with one name, those that are checked."""
    names = dict.fromkeys(request.form)
    return {name: clean(_together(request.form.getlist(name))) for name in names if name not in ("csrf_token", "do")}


def _together(values: list[str]) -> str:
    return ", ".join(value for value in values if value) if len(values) > 1 else values[0]


def typed_text() -> str:
    """The text of the plan as it stands in its area."""
    return clean(request.form.get("text", ""))


def typed_revision() -> int:
    """The revision the page was made from; 0 when the form was tampered with."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def table_errors(typed: Values) -> dict[str, str]:
    """Tables in which a name stands twice: only one of them could count."""
    tables = {field.name for field in COMPONENT_FIELDS if field.kind == "table"}
    found = {name: repeated_rows(text) for name, text in typed.items() if name.partition("_")[2] in tables}
    return {name: f"{_first(names)} stands here twice. Keep one." for name, names in found.items() if names}


def _first(names: Iterable[str]) -> str:
    return next(iter(names))
