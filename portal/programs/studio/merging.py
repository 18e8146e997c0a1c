"""Two changes made from one text of a plan, put together: by keys where both read as plans, else word by word."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

from portal.engine.errors import PlanError
from portal.engine.plan_text import read_plan_text
from portal.programs.studio.fields import Document
from portal.programs.studio.plan_writing import write_plan

_ABSENT: Any = object()
_WORDS = re.compile(r"[^\s,:{}\[\]]+|\s|.")
_MOST_WORDS = 5_000  # beyond this the newer of two rewritten passages stands as a whole
Words = list[str]


def merge_texts(base: str, mine: str, theirs: str) -> str:
    """`mine` and `theirs`, both written from `base`, as one text; where both changed one value, `mine` stands."""
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    together = _merge_lines(base, mine, theirs)
    documents = [read_document(text) for text in (base, mine, theirs)]
    if any(document is None for document in documents):
        return together
    wanted = merge_documents(*documents)
    return together if read_document(together) == wanted else write_plan(wanted)


def rewritten(text: str, was: Document, now: Document) -> str:
    """The text of `was` made to say `now`, with its comments and line ends where they can stay."""
    if was == now:
        return text
    together = _merge_lines(write_plan(was), write_plan(now), text)
    return together if read_document(together) == now else write_plan(now)


def read_document(text: str) -> Document | None:
    """The document of a text; None when it is not readable."""
    try:
        return read_plan_text(text)[0]
    except PlanError:
        return None


def merge_documents(base: Any, mine: Any, theirs: Any) -> Any:
    """The same for values: key by key, row by row; what one removed and the other changed stays."""
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return _merge_mappings(base if isinstance(base, dict) else {}, mine, theirs)
    if isinstance(mine, list) and isinstance(theirs, list):
        known = base if isinstance(base, list) else []
        rows = any(isinstance(one, dict | list) for one in (*known, *mine, *theirs))
        return (_merge_rows if rows else _merge_words)(known, mine, theirs)
    return theirs if mine is _ABSENT else mine


def _merge_mappings(base: Document, mine: Document, theirs: Document) -> Document:
    found = {
        key: merge_documents(base.get(key, _ABSENT), mine.get(key, _ABSENT), theirs.get(key, _ABSENT))
        for key in (*mine, *(key for key in theirs if key not in mine))
    }
    return {key: value for key, value in found.items() if value is not _ABSENT}


def _merge_words(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    kept = [one for one in mine if one in theirs or one not in base]
    return kept + [one for one in theirs if one not in base and one not in mine]


def _merge_rows(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Rows matched with those they were made from; new rows stand behind the row they were put behind."""
    in_mine, in_theirs = _matched(base, mine), _matched(base, theirs)
    new = _inserted(mine, in_mine)
    for after, rows in _inserted(theirs, in_theirs).items():
        new.setdefault(after, []).extend(row for row in rows if row not in new.get(after, []))
    found = list(new.get(-1, []))
    for place, row in enumerate(base):
        one = mine[in_mine[place]] if place in in_mine else _ABSENT
        other = theirs[in_theirs[place]] if place in in_theirs else _ABSENT
        together = merge_documents(row, one, other)
        found += [] if together is _ABSENT else [together]
        found += new.get(place, [])
    return found


def _inserted(rows: list[Any], matches: dict[int, int]) -> dict[int, list[Any]]:
    """The rows that were not there before, by the old row they stand behind; -1 for the top."""
    old = {place: number for number, place in matches.items()}
    found: dict[int, list[Any]] = {}
    after = -1
    for place, row in enumerate(rows):
        if place in old:
            after = old[place]
        else:
            found.setdefault(after, []).append(row)
    return found


def _matched(base: list[Any], rows: list[Any]) -> dict[int, int]:
    """For the old rows that are still there, where: by code or first value of a band, else by place."""
    if len(base) == len(rows):
        return {place: place for place in range(len(base))}
    found: dict[int, int] = {}
    codes = SequenceMatcher(None, [_name(row) for row in base], [_name(row) for row in rows], autojunk=False)
    for _, start, end, other, last in codes.get_opcodes():
        found.update(zip(range(start, end), range(other, last), strict=False))
    return found


def _name(row: Any) -> str:
    named = row.get("code") or row.get("from") if isinstance(row, dict) else row
    return repr(row if named is None else named)


def _merge_lines(base: str, mine: str, theirs: str) -> str:
    lines = [text.splitlines(keepends=True) for text in (base, mine, theirs)]
    return "".join(_merge_passages(*lines, both_changed=_merge_passage))


def _merge_passage(base: Words, mine: Words, theirs: Words) -> Words:
    words = [_WORDS.findall("".join(passage)) for passage in (base, mine, theirs)]
    if max(len(passage) for passage in words) > _MOST_WORDS:
        return mine
    return _merge_passages(*words, both_changed=_newer)


def _newer(base: Words, mine: Words, theirs: Words) -> Words:
    return mine if base else [*theirs, *mine]


def _merge_passages(
    base: Words, mine: Words, theirs: Words, *, both_changed: Callable[[Words, Words, Words], Words]
) -> Words:
    """What only one side changed is taken from it; a passage that both changed is asked for."""
    in_mine, in_theirs = _standing(base, mine), _standing(base, theirs)
    found: Words = []
    seen = (0, 0, 0)
    for place in [*(place for place in range(len(base)) if place in in_mine and place in in_theirs), len(base)]:
        here = (place, in_mine.get(place, len(mine)), in_theirs.get(place, len(theirs)))
        was, own, other = base[seen[0] : here[0]], mine[seen[1] : here[1]], theirs[seen[2] : here[2]]
        if own in (was, other):
            found += other
        else:
            found += own if other == was else both_changed(was, own, other)
        found += base[place : place + 1]
        seen = (here[0] + 1, here[1] + 1, here[2] + 1)
    return found


def _standing(base: Sequence[str], text: Sequence[str]) -> dict[int, int]:
    matcher = SequenceMatcher(None, base, text, autojunk=False)
    return {start + step: other + step for start, other, size in matcher.get_matching_blocks() for step in range(size)}
