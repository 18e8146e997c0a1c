"""Plans kept as files: `amounts_file` names a table beside the plan, and is read in its place."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import yaml

from portal.core.errors import InvalidInput
from portal.engine.errors import PlanError, PlanIssue

KEY = "amounts_file"
_NUMBER = re.compile(r"-?[0-9][0-9.,]*")


def read_plan_file(file: Path) -> str:
    """The text of a plan file with its tables in it, every other key on the line it was written on.

    Errors: InvalidInput when it is no text; PlanError naming line and key when a table cannot be read.
    """
    return with_tables(_text(file), file.parent)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8 text. Save it as UTF-8 and try again.") from error


def with_tables(text: str, folder: Path) -> str:
    """The text with each `amounts_file: NAME` written out as `amounts: {...}`; unreadable text is left as it is."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return text  # whoever parses it says what is wrong
    for key, value in reversed(list(_named(root))):
        table = _table(folder, value)
        written = f"amounts: {json.dumps(table, ensure_ascii=False)}"
        text = text[: key.start_mark.index] + written + text[value.end_mark.index :]
    return text


def _named(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.ScalarNode]]:
    """Every key that names a table, with the name, in the order of the text."""
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _named(one)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == KEY and isinstance(value, yaml.ScalarNode):
                yield key, value
            yield from _named(value)


def _table(folder: Path, node: yaml.ScalarNode) -> dict[str, str]:
    name, line = node.value, node.start_mark.line + 1
    if not name or PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        raise _refusal(line, "Name a file in the plan's own folder, such as spif.csv.")
    try:
        text = (folder / name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refusal(line, f"There is no file {name} beside the plan.") from error
    except UnicodeDecodeError as error:
        raise _refusal(line, f"{name} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    found: dict[str, str] = {}
    for number, (product, amount) in _rows(text, name, line):
        if product in found:
            raise _refusal(line, f"{name} lists {product} twice, the second time in row {number}. Keep one.")
        found[product] = amount
    if not found:
        raise _refusal(line, f"{name} holds no amounts. Write a SKU or category and an amount in each row.")
    return found


def _rows(text: str, name: str, line: int) -> Iterator[tuple[int, tuple[str, str]]]:
    """The rows of a table as (number, (SKU or category, amount)); a heading and empty rows are left out."""
    first = text.split("\n", 1)[0]
    separator = next((mark for mark in "\t;," if mark in first), ",")
    for number, cells in enumerate(csv.reader(text.splitlines(), delimiter=separator), start=1):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled or (number == 1 and not _NUMBER.fullmatch(filled[-1])):
            continue
        if len(filled) != 2:
            raise _refusal(line, f"Row {number} of {name} is not a SKU (or category) and an amount.")
        yield number, (filled[0], filled[1])


def _refusal(line: int, sentence: str) -> PlanError:
    return PlanError([PlanIssue(line, KEY, sentence)])
