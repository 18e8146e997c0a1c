"""Plan files: YAML read as plain text scalars, every key remembering its line."""

from __future__ import annotations

from typing import Any

import yaml

from portal.engine.errors import PlanError, PlanIssue

Path = tuple[str | int, ...]
MAX_TEXT = 200_000
_NULLS = {"", "~", "null", "Null", "NULL"}


def read_plan_text(text: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """The document of a YAML text and the line of every key in it; raises PlanError naming the line."""
    if len(text) > MAX_TEXT:
        raise PlanError([PlanIssue(None, "", "The plan is longer than 200,000 characters. Shorten it.")])
    try:
        _refuse_aliases(text)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        problem = getattr(error, "problem", None) or "It holds a character that YAML does not allow."
        raise PlanError([PlanIssue(line, "", f"This is not readable as YAML: {problem}")]) from error
    except RecursionError as error:
        raise PlanError([PlanIssue(None, "", "The plan is nested too deeply.")]) from error
    if not isinstance(root, yaml.MappingNode):
        raise PlanError([PlanIssue(1, "", "A plan is a list of keys and values, such as code: and components:.")])
    lines: dict[Path, int] = {}
    issues: list[PlanIssue] = []
    document = _plain(root, (), lines, issues)
    if issues:
        raise PlanError(issues)
    return document, lines


def _refuse_aliases(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else None
            raise PlanError([PlanIssue(line, "", "A plan cannot use YAML aliases (*name). Write the value out.")])


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], issues: list[PlanIssue]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, issues)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, index), lines, issues) for index, child in enumerate(node.value)]
    plain = getattr(node, "style", None) is None
    return None if plain and node.value in _NULLS else node.value


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], issues: list[PlanIssue]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            issues.append(PlanIssue(line, dotted(path), "A key must be a plain word."))
            continue
        key = key_node.value
        if key in found:
            issues.append(PlanIssue(line, dotted((*path, key)), "This key is here twice. Keep one."))
        lines[(*path, key)] = line
        found[key] = _plain(value_node, (*path, key), lines, issues)
    return found


def dotted(path: Path) -> str:
    """A path as people read it: components[0].bands[1].from."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of the nearest key at or above a path; None when the plan did not come from a text."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)
