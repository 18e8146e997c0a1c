"""The fields of the editor: which key of the plan each one writes, and how its text becomes the key's value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from portal.engine.plan import Component, Plan

Document = dict[str, Any]
Path = tuple[str | int, ...]
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class Field:
    """One input: its name, the path of its key, its kind (text, number, day, list, table) and its label."""

    name: str
    path: Path
    kind: str
    label: str


PLAN_FIELDS = (
    Field("name", ("name",), "text", "Name"),
    Field("code", ("code",), "text", "Code"),
    Field("kind", ("kind",), "text", "Kind"),
    Field("goal", ("goal",), "text", "Goal"),
    Field("effective_from", ("effective", "from"), "text", "First day"),
    Field("effective_until", ("effective", "until"), "text", "Ends before"),
    Field("review_by", ("review_by",), "text", "Review due"),
    Field("period", ("period",), "text", "Counted by"),
    Field("grace_days", ("grace_days",), "number", "Grace days"),
    Field("pay_in", ("pay", "in"), "text", "Paid in"),
    Field("measured_in", ("pay", "measured_in"), "text", "Money measured in"),
    Field("participant", ("participant",), "text", "Paid to"),
    Field("credit", ("credit", "split"), "shares", "Credit for a sale"),
    Field("enrollment", ("enrollment",), "text", "Enrollment"),
    Field("partner_types", ("eligibility", "partner_types"), "list", "Partner types"),
    Field("tiers", ("eligibility", "tiers"), "list", "Tiers"),
    Field("territories", ("eligibility", "territories"), "list", "Territories"),
    Field("segments", ("eligibility", "segments"), "list", "Segments"),
    Field("certificates", ("eligibility", "certificates"), "list", "Certificates"),
    Field("end_customers", ("eligibility", "end_customers", "exclude"), "list", "End customers left out"),
    Field("categories", ("qualify", "categories"), "list", "Categories"),
    Field("exclude_categories", ("qualify", "exclude_categories"), "list", "Categories left out"),
    Field("skus", ("qualify", "skus"), "list", "Products (SKU)"),
    Field("exclude_skus", ("qualify", "exclude_skus"), "list", "Products left out"),
    Field("tags", ("qualify", "tags"), "list", "Tags of products"),
    Field("sources", ("qualify", "sources"), "list", "Sources"),
    Field("price_floor", ("qualify", "price_floor", "percent_of_list"), "number", "Least price, percent of the list"),
    Field("flow", ("qualify", "flow"), "text", "Which sales count"),
    Field("budget", ("budget", "amount"), "number", "Budget"),
    Field("when_reached", ("budget", "when_reached"), "text", "When it is reached"),
    Field("cap_period", ("caps", "per_participant_period"), "number", "Most for one participant and period"),
    Field("cap_line", ("caps", "per_line"), "number", "Most for one line"),
    Field("cap_program", ("caps", "program"), "number", "Most for the whole program"),
    Field("minimum_payout", ("minimum_payout",), "number", "Smallest payment"),
    Field("hold_days", ("hold_days",), "number", "Days until it can be used"),
    Field("expires_months", ("expires_months",), "number", "Stars expire after months"),
    Field("claim_within_days", ("claim_within_days",), "number", "Days to claim a sale"),
    Field("late", ("late",), "text", "A claim after that"),
    Field("returns", ("returns",), "text", "A return counts in"),
    Field("stack_group", ("stack", "group"), "text", "Stacking group"),
    Field("stack_policy", ("stack", "policy"), "text", "In the group"),
    Field("stack_priority", ("stack", "priority"), "number", "Priority"),
    Field("terms", ("terms",), "text", "Terms to accept"),
    Field("accept_by", ("accept_by",), "text", "Terms accepted by"),
    Field("pilot_percent", ("pilot", "percent"), "number", "Pilot: percent of companies"),
    Field("pilot_seed", ("pilot", "seed"), "number", "Seed of the draw"),
)
COMPONENT_FIELDS = (
    Field("code", ("code",), "text", "Code"),
    Field("method", ("method",), "text", "Method"),
    Field("measure", ("measure",), "text", "Measured by"),
    Field("earn_on", ("earn_on",), "text", "Paid on"),
    Field("scope", ("scope",), "text", "Bands pay"),
    Field("curve", ("curve",), "text", "Between bands"),
    Field("amount", ("amount",), "number", "Amount"),
    Field("amounts", ("amounts",), "table", "Amounts by SKU or category"),
    Field("amounts_by_tier", ("amounts_by_tier",), "table", "Amounts by tier"),
    Field("percent", ("percent",), "number", "Percent"),
    Field("at", ("at",), "number", "Reached at"),
    Field("repeat", ("repeat",), "text", "Paid"),
    Field("items", ("items",), "table", "A set holds"),
    Field("within", ("within",), "text", "A set is complete within"),
    Field("prizes", ("prizes",), "table", "Prizes by rank"),
    Field("ties", ("ties",), "text", "Equal ranks"),
    Field("per", ("per",), "number", "For every"),
    Field("give", ("give",), "number", "Free units"),
    Field("baseline_of", ("baseline", "of"), "text", "Baseline"),
    Field("baseline_min", ("baseline", "min"), "number", "Smallest baseline"),
    Field("baseline_newcomer", ("baseline", "newcomer"), "text", "Without a baseline"),
    Field("baseline_partial_year", ("baseline", "partial_year"), "text", "Active for less than half of it"),
    Field("baseline_freeze", ("baseline", "freeze"), "text", "Fixed"),
    Field("baseline_currency", ("baseline", "currency"), "text", "Rates of exchange"),
    Field("baseline_cap", ("baseline", "cap_growth_percent"), "number", "Most growth that counts, percent"),
    Field("categories", ("qualify", "categories"), "list", "Categories of this component"),
    Field("skus", ("qualify", "skus"), "list", "Products of this component"),
)
MULTIPLIER_FIELDS = (
    Field("by", ("by",), "number", "Factor"),
    Field("tiers", ("when", "tiers"), "list", "Tiers"),
    Field("partner_types", ("when", "partner_types"), "list", "Partner types"),
    Field("territories", ("when", "territories"), "list", "Territories"),
    Field("segments", ("when", "segments"), "list", "Segments"),
)
HEADINGS = frozenset({
    "sku", "product", "item", "article", "code", "category", "tier", "rank", "amount", "amounts", "pays", "points",
    "stars", "prize", "prizes", "quantity",
})  # fmt: skip
RATES = ("percent", "per_unit", "fixed")
Values = dict[str, str]


def read_fields(document: Document) -> Values:
    """What every field shows for a document, however unfinished it is."""
    values = {field.name: _shown(field, _at(document, field.path)) for field in PLAN_FIELDS}
    components = _mappings(document.get("components"))
    values["components"] = str(len(components))
    for index, component in enumerate(components):
        spread = _spread_baseline(component)
        values |= {f"c{index}_{field.name}": _shown(field, _at(spread, field.path)) for field in COMPONENT_FIELDS}
        values |= _read_bands(f"c{index}_", _mappings(component.get("bands")))
    multipliers = _mappings(document.get("multipliers"))
    values["multipliers"] = str(len(multipliers))
    for index, multiplier in enumerate(multipliers):
        values |= {f"m{index}_{field.name}": _shown(field, _at(multiplier, field.path)) for field in MULTIPLIER_FIELDS}
    return values


def _read_bands(prefix: str, bands: list[Document]) -> Values:
    values = {f"{prefix}bands": str(len(bands))}
    for index, band in enumerate(bands):
        rate = next((name for name in RATES if name in band), "percent")
        place = f"{prefix}b{index}_"
        values |= {f"{place}from": str(band.get("from") or ""), f"{place}rate": rate}
        values[f"{place}pays"] = str(band.get(rate) or "")
    return values


def write_fields(typed: Values, base: Document) -> Document:
    """The document `base` with what the fields say; keys without a field stay as they are."""
    document = dict(base)
    for field in PLAN_FIELDS:
        if field.name in typed:
            _put(document, field.path, _value(field, typed[field.name]))
    if "components" in typed:
        known = _mappings(base.get("components"))
        rows = range(_count(typed["components"]))
        document["components"] = [_write_component(typed, f"c{index}_", _nth(known, index)) for index in rows]
    if "multipliers" in typed:
        known = _mappings(base.get("multipliers"))
        rows = range(_count(typed["multipliers"]))
        written = [_write_multiplier(typed, index, _nth(known, index)) for index in rows]
        _put(document, ("multipliers",), written or None)
    return _in_order(document, Plan)


def _in_order(document: Document, model: type[BaseModel]) -> Document:
    """The keys in the order in which the model names them; unknown ones behind."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    return {key: document[key] for key in sorted(document, key=lambda key: names.index(key) if key in names else 999)}


def _write_component(typed: Values, prefix: str, base: Document) -> Document:
    component = _spread_baseline(base)
    for field in COMPONENT_FIELDS:
        if f"{prefix}{field.name}" in typed:
            _put(component, field.path, _value(field, typed[f"{prefix}{field.name}"]))
    if f"{prefix}bands" in typed:
        bands = [_write_band(typed, f"{prefix}b{index}_") for index in range(_count(typed[f"{prefix}bands"]))]
        _put(component, ("bands",), bands or None)
    return _in_order(component, Component)


def _write_band(typed: Values, place: str) -> Document:
    rate = typed.get(f"{place}rate", "")
    rate = rate if rate in RATES else "percent"
    return {"from": _number(typed.get(f"{place}from", "")), rate: _number(typed.get(f"{place}pays", ""))}


def _write_multiplier(typed: Values, index: int, base: Document) -> Document:
    multiplier = {"when": base.get("when") or {}, "by": base.get("by")}
    for field in MULTIPLIER_FIELDS:
        _put(multiplier, field.path, _value(field, typed.get(f"m{index}_{field.name}", "")))
    return {"when": multiplier.get("when") or {}, "by": multiplier.get("by")}


def key_of(name: str) -> str:
    """The key of the plan that a field writes, as issues name it: c0_b1_from is components[0].bands[1].from."""
    for pattern, fields, place in (
        (r"c(\d+)_b(\d+)_(from|pays|rate)", None, "components[{}].bands[{}].{}"),
        (r"c(\d+)_(\w+)", COMPONENT_FIELDS, "components[{}]."),
        (r"m(\d+)_(\w+)", MULTIPLIER_FIELDS, "multipliers[{}]."),
    ):
        found = re.fullmatch(pattern, name)
        if found is None:
            continue
        if fields is None:
            return place.format(*found.groups())
        path = next((field.path for field in fields if field.name == found.group(2)), (found.group(2),))
        return place.format(found.group(1)) + ".".join(map(str, path))
    path = next((field.path for field in PLAN_FIELDS if field.name == name), (name,))
    return ".".join(map(str, path))


def field_of(key: str, names: list[str]) -> str | None:
    """The field nearest to a key of an issue, of those that are shown."""
    places = {key_of(name): name for name in names}
    band = re.fullmatch(r"(components\[\d+\]\.bands\[\d+\])(\.\w+)?", key)
    if band is not None:
        return places.get(f"{band.group(1)}.{'from' if band.group(2) == '.from' else 'pays'}")
    while key:
        whole = key.partition("[")[0] if key.endswith("]") and not key.startswith("components") else key
        if key in places or whole in places:
            return places.get(key) or places[whole]
        key = key.rpartition(".")[0]
    return None


def _spread_baseline(component: Document) -> Document:
    """A baseline written as one word or number, written out."""
    baseline = component.get("baseline")
    if baseline is None or isinstance(baseline, dict):
        return dict(component)
    return {**component, "baseline": {"of": baseline}}


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind == "list" and isinstance(value, list):
        return ", ".join(str(one) for one in value if one is not None)
    if field.kind == "table" and isinstance(value, dict):
        return "\n".join(f"{name}\t{'' if paid is None else paid}" for name, paid in value.items())
    if field.kind == "shares" and isinstance(value, list):
        return "\n".join(f"{part.get('to', '')}\t{part.get('percent', '')}" for part in _mappings(value))
    return "" if isinstance(value, dict | list) else str(value)


def _value(field: Field, text: str) -> Any:
    read: dict[str, Callable[[str], Any]] = {
        "list": _listed, "table": read_table, "shares": _shares, "number": _number, "text": _plain,
    }  # fmt: skip
    return read[field.kind](text)


def _plain(text: str) -> str | None:
    return text.replace("\r\n", "\n").strip() or None


def _number(text: str) -> str | None:
    """A number as plans write it: 1,800 becomes 1800; what is none stays as it was typed."""
    plain = text.strip()
    return (plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain) or None


def _listed(text: str) -> list[str] | None:
    words = [word.strip() for word in re.split(r"[,;\n]", text)]
    return list(dict.fromkeys(word for word in words if word)) or None


def read_table(text: str) -> Document | None:
    """Rows pasted from a spreadsheet, name and amount by tab, semicolon or spaces; a heading is left out."""
    return dict(_rows(text)) or None


def _shares(text: str) -> list[Document] | None:
    return [{"to": name, "percent": part} for name, part in _rows(text.replace("%", ""))] or None


def repeated_rows(text: str) -> list[str]:
    """Names that stand in a pasted table more than once, of which only the last would count."""
    names = [name for name, _ in _rows(text)]
    return sorted({name for name in names if names.count(name) > 1})


def _rows(text: str) -> list[tuple[str, str | None]]:
    found = []
    for position, row in enumerate(line.strip() for line in text.splitlines() if line.strip()):
        cells = [cell.strip() for cell in re.split(r"\t+|;", row) if cell.strip()]
        if len(cells) < 2:
            name, _, last = row.rpartition(" ")
            cells = [name.strip(" ,:"), last] if name else [row]
        amount = _number(cells[-1].strip("$€£¥ ")) if len(cells) > 1 else None
        if position > 0 or not _is_heading(cells):
            found.append((cells[0][:200], amount))
    return found


def _is_heading(cells: list[str]) -> bool:
    """Whether the first row names its columns instead of a product."""
    return len(cells) > 1 and (cells[0].casefold() in HEADINGS or cells[-1].casefold() in HEADINGS)


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _put(document: Document, path: Path, value: Any) -> None:
    """Write a value, or remove the key (and a mapping that is empty then) when there is none."""
    key, rest = str(path[0]), path[1:]
    if rest:
        inner = dict(document[key]) if isinstance(document.get(key), dict) else {}
        _put(inner, rest, value)
        value = inner or None
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value


def _mappings(value: Any) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _nth(rows: list[Document], index: int) -> Document:
    return rows[index] if index < len(rows) else {}


def _count(text: str) -> int:
    return min(int(text), 60) if text.isascii() and text.isdigit() and len(text) < 4 else 0
