"""A plan document written as YAML: short lists and bands on one line, everything as plain as YAML allows."""

from __future__ import annotations

from typing import Any

import yaml

_NULLS = {"", "~", "null", "Null", "NULL"}
_WIDTH = 110


class _Line(dict[str, Any]):
    """A mapping written on one line."""


class _Writer(yaml.SafeDumper):
    """Every scalar is text, as the reader takes it; aliases are never made."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Lists stand two blanks inside their key."""
        return super().increase_indent(flow, indentless and flow)

    def ignore_aliases(self, data: Any) -> bool:
        """The reader refuses aliases."""
        return True


def _text(writer: yaml.SafeDumper, value: str) -> yaml.Node:
    style = '"' if value in _NULLS else "|" if "\n" in value else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _none(writer: yaml.SafeDumper, _value: None) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", "null", style="")


def _list(writer: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    plain = all(not isinstance(one, dict | list) for one in value)
    return writer.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=plain)


def _line(writer: yaml.SafeDumper, value: _Line) -> yaml.Node:
    return writer.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Writer.add_representer(str, _text)
_Writer.add_representer(type(None), _none)
_Writer.add_representer(list, _list)
_Writer.add_representer(_Line, _line)


def write_plan(document: dict[str, Any]) -> str:
    """The text of a document; reading it gives the same document."""
    shaped = _shaped(document, top=True)
    written = yaml.dump(shaped, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return str(written)


def _shaped(value: Any, *, top: bool = False) -> Any:
    """Mappings of a few plain values become one line."""
    if isinstance(value, dict):
        inner = {str(key): _shaped(one) for key, one in value.items()}
        flat = not top and len(inner) <= 4 and all(_short(one) for one in inner.values())
        return _Line(inner) if flat and inner else inner
    if isinstance(value, list | tuple):
        return [_shaped(one) for one in value]
    return None if value is None else str(value)


def _short(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value) and len(", ".join(value)) <= 60
    return value is None or (isinstance(value, str) and len(value) <= 40)
