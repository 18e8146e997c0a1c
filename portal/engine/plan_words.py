"""Sentences for keys a plan may not hold, and for values of the wrong shape."""

from __future__ import annotations

# Names fixed by the plan language that say nothing here: refused by name and with what to do instead, never ignored.
ELSEWHERE = {
    "amounts_file": "A table is read from a file where the plan is a file, too (`portal programs publish`). "
    "Here, write its rows under amounts.",
    "answer_within_days": "How long a question about a claim may wait is one setting for all claims. Remove this key.",
    "notice_days": "When people are told that stars expire is not part of a plan here. Remove this key.",
}

_SHAPES = {
    "missing": "This key is missing. Add it.",
    "model_type": "Write keys and values under this key, such as from: 2026-01-01.",
    "model_attributes_type": "Write keys and values under this key, such as from: 2026-01-01.",
    "dict_type": "Write keys and values under this key, such as HL-U509: 40.",
    "tuple_type": "Write a list here, such as [gold, platinum].",
    "string_type": "Write a text here.",
}


def sentence_for(fault: str, message: str, path: tuple[str | int, ...]) -> str:
    """What to do about one fault the model found, in words."""
    key = str(path[-1]) if path else ""
    if fault == "extra_forbidden" and key in ELSEWHERE:
        return ELSEWHERE[key]
    if fault == "extra_forbidden":
        return f"“{key}” is not a key of a plan here. Remove it or check its spelling."
    return _SHAPES.get(fault, message)
