"""A plan's text with something changed, ready to be opened as a new draft; comments do not survive. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from portal.engine.errors import PlanError
from portal.engine.plan_text import read_plan_text
from portal.programs.definitions.variants import parse_plan

_STR = "tag:yaml.org,2002:str"


class _Plain(yaml.SafeDumper):
    """Every scalar as plain as it may be written: plan files hold no types."""

    def ignore_aliases(self, data: Any) -> bool:
        """A value that stands twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_STR, value, style="'" if value in ("", "~", "null", "Null", "NULL") else None)


def _nothing(dumper: yaml.SafeDumper, _: None) -> yaml.ScalarNode:
    return dumper.represent_scalar(_STR, "null")


_Plain.add_representer(str, _text)
_Plain.add_representer(type(None), _nothing)
_Plain.yaml_implicit_resolvers = {}


def mended(text: str, change: Callable[[dict[str, Any]], None]) -> str | None:
    """The text after `change` was made to its document; None when that makes no valid plan."""
    try:
        document, _ = read_plan_text(text)
        change(document)
        written = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120,
                            default_flow_style=None)  # fmt: skip
        parse_plan(written)
    except (PlanError, yaml.YAMLError):
        return None
    return written


def set_keys(values: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """A change that sets keys of the plan, given as dotted paths."""

    def change(document: dict[str, Any]) -> None:
        for path, value in values.items():
            *above, last = path.split(".")
            place = document
            for name in above:
                if not isinstance(place.get(name), dict):
                    place[name] = {}
                place = place[name]
            place[last] = value

    return change


def leave_out(categories: tuple[str, ...]) -> Callable[[dict[str, Any]], None]:
    """A change that excludes categories from the plan, and from each component with exclusions of its own."""

    def change(document: dict[str, Any]) -> None:
        _exclude(document, categories)
        for component in document.get("components") or []:
            if "exclude_categories" in (component.get("qualify") or {}):
                _exclude(component, categories)

    return change


def _exclude(part: dict[str, Any], categories: tuple[str, ...]) -> None:
    qualify = part["qualify"] = dict(part.get("qualify") or {})
    qualify["exclude_categories"] = list(dict.fromkeys([*(qualify.get("exclude_categories") or []), *categories]))


def in_component(code: str, values: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """A change that sets keys of one component."""

    def change(document: dict[str, Any]) -> None:
        for component in document.get("components") or []:
            if component.get("code") == code:
                component.update(values)

    return change
