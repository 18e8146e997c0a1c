"""Variants: a plan that extends a published one says only what differs from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.engine.errors import PlanError, PlanIssue
from portal.engine.plan_text import Path

BaseOf = Callable[[str], dict[str, Any] | None]
DEEPEST = 3
KEY = "extends"


def no_bases(_code: str) -> dict[str, Any] | None:
    """Where no published plan is known, none can be extended."""
    return None


def inherited(
    document: dict[str, Any], lines: dict[Path, int], base_of: BaseOf
) -> tuple[dict[str, Any], dict[Path, int]]:
    """The whole document of a text, what it extends filled in, with the lines of the keys it has itself.

    Mappings merge key by key, components by their code, lists replace, a key
    left empty is taken away. Raises PlanError with the line of `extends`.
    """
    wanted = document.get(KEY)
    if wanted is None:
        return document, lines
    base = base_of(wanted) if isinstance(wanted, str) else None
    if base is None:
        raise _refusal(lines, f"There is no published plan “{str(wanted)[:40]}” to extend. Check its code.")
    _check_chain(document, base, lines, base_of)
    own = {key: value for key, value in base.items() if key not in ("code", KEY)}
    merged = _merged(own, document)
    places: list[int] = []
    if isinstance(document.get("components"), list):
        merged["components"], places = _components(base["components"], document["components"])
    return merged, {_moved(path, places): line for path, line in lines.items()} | {(): lines[KEY,]}


def chain_of(document: dict[str, Any], base_of: BaseOf) -> list[str]:
    """The codes a plan extends, the nearest first; it stops where a circle closes."""
    found: list[str] = []
    current: dict[str, Any] | None = document
    while current is not None and current.get(KEY) and current[KEY] not in found:
        found.append(current[KEY])
        current = base_of(current[KEY])
    return found


def _check_chain(document: dict[str, Any], base: dict[str, Any], lines: dict[Path, int], base_of: BaseOf) -> None:
    above = [document[KEY], *chain_of(base, base_of)]
    if document.get("code") in above:
        raise _refusal(lines, f"“{document['code']}” would extend itself: {' extends '.join(above)}. Extend another.")
    if len(above) > DEEPEST:
        said = f"It extends {', which extends '.join(above)}: at most {DEEPEST} in a row."
        raise _refusal(lines, f"{said} Extend {above[1]} instead.")


def _refusal(lines: dict[Path, int], sentence: str) -> PlanError:
    return PlanError([PlanIssue(lines[KEY,], KEY, sentence)])


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        found[key] = _merged(base[key], value) if both else value
    return {key: value for key, value in found.items() if value is not None}


def _components(base: list[Any], own: list[Any]) -> tuple[list[Any], list[int]]:
    """The components of the base with those of the variant merged in, and where each of the variant stands now."""
    found, places = list(base), []
    for component in own:
        code = component.get("code") if isinstance(component, dict) else None
        same = (index for index, known in enumerate(base) if known["code"] == code and index not in places)
        at = next(same, len(found))
        found[at:] = [_merged(base[at], component) if at < len(base) else component, *found[at + 1 :]]
        places.append(at)
    return found, places


def _moved(path: Path, places: list[int]) -> Path:
    if path[:1] != ("components",) or len(path) == 1 or not places:
        return path
    return (path[0], places[int(path[1])], *path[2:])
