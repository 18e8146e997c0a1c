"""Sentences for keys a plan may not hold, and for values of the wrong shape."""

from __future__ import annotations

# Names fixed by the plan language whose work is still to come: refused by name, never ignored.
COMING = frozenset({
    "hold", "expiry", "late", "answer_within_days", "amounts_file",
})  # fmt: skip

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
    if fault == "extra_forbidden" and key in COMING:
        return f"“{key}” is not supported yet. Remove it to use this plan now."
    if fault == "extra_forbidden":
        return f"“{key}” is not a key of a plan here. Remove it or check its spelling."
    return _SHAPES.get(fault, message)
