"""What the buttons of the editor do to a document: rows added and removed, products picked, methods changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from portal.programs.studio.choices import with_method
from portal.programs.studio.fields import Document, Values, write_fields

_BUTTON = re.compile(r"([a-z-]+)(?::(.*))?", re.DOTALL)


def edited(typed: Values, base: Document, button: str = "") -> Document:
    """The document the fields spell out, after the press of a button such as add-band:0."""
    document = write_fields(typed, base)
    document["components"] = _methods_changed(document.get("components"), base.get("components"))
    found = _BUTTON.fullmatch(button)
    act = ACTS.get(found.group(1)) if found is not None else None
    if found is not None and act is not None:
        act(document, found.group(2) or "")
    if not document.get("multipliers"):
        document.pop("multipliers", None)
    return document


def _methods_changed(components: Any, base: Any) -> list[Document]:
    known = base if isinstance(base, list) else []
    found = []
    for index, component in enumerate(components or []):
        was = known[index].get("method") if index < len(known) and isinstance(known[index], dict) else None
        now = component.get("method")
        found.append(with_method(component, now) if was is not None and now is not None and was != now else component)
    return found


def _rows(document: Document, key: str) -> list[Document]:
    """The rows under a key, ready to be changed in place."""
    rows = document.get(key)
    document[key] = list(rows) if isinstance(rows, list) else []
    return document[key]  # type: ignore[no-any-return]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _add_band(document: Document, where: str) -> None:
    index = _number(where)
    components = _rows(document, "components")
    if 0 <= index < len(components):
        bands = components[index].get("bands") or []
        rate = next((key for key in ("percent", "per_unit", "fixed") if bands and key in bands[-1]), "percent")
        components[index] = {**components[index], "bands": [*bands, {"from": None, rate: None}]}


def _drop_band(document: Document, where: str) -> None:
    at, _, band = where.partition(":")
    index, place = _number(at), _number(band)
    components = _rows(document, "components")
    if 0 <= index < len(components):
        bands = [one for number, one in enumerate(components[index].get("bands") or []) if number != place]
        components[index] = {**components[index], "bands": bands}


def _add_component(document: Document, _where: str) -> None:
    components = _rows(document, "components")
    codes = {str(component.get("code")) for component in components}
    code = next(name for name in (f"part-{number}" for number in range(len(components) + 1, 99)) if name not in codes)
    components.append(with_method({"code": code, "method": "per_unit"}, "per_unit"))


def _add_multiplier(document: Document, _where: str) -> None:
    _rows(document, "multipliers").append({"when": {}, "by": "1.25"})


def _drop(key: str) -> Callable[[Document, str], None]:
    def drop(document: Document, where: str) -> None:
        rows = _rows(document, key)
        document[key] = [row for number, row in enumerate(rows) if number != _number(where)]

    return drop


def _pick(key: str) -> Callable[[Document, str], None]:
    def pick(document: Document, name: str) -> None:
        qualify = dict(document.get("qualify") or {})
        listed = [one for one in qualify.get(key) or [] if one != name]
        qualify[key] = [*listed, name] if name else listed
        document["qualify"] = qualify

    return pick


ACTS: dict[str, Callable[[Document, str], None]] = {
    "add-band": _add_band,
    "drop-band": _drop_band,
    "add-component": _add_component,
    "drop-component": _drop("components"),
    "add-multiplier": _add_multiplier,
    "drop-multiplier": _drop("multipliers"),
    "add-sku": _pick("skus"),
    "add-category": _pick("categories"),
}
