"""What the editor's page shows: fields, text, what is wrong where, and the preview of the last plan that reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.core.db import session
from portal.engine.errors import PlanError, PlanIssue
from portal.engine.plan import Eligibility, Plan
from portal.engine.plan_text import read_plan_text
from portal.partners.organizations.models import PartnerType
from portal.partners.organizations.queries import list_choices
from portal.partners.territories.queries import list_territories
from portal.partners.tiers.rules import TIERS
from portal.programs.definitions import overview
from portal.programs.definitions.drafts import Draft
from portal.programs.definitions.words import plan_words
from portal.programs.studio import choices
from portal.programs.studio.curves import Curve, draw_curve
from portal.programs.studio.fields import (
    COMPONENT_FIELDS,
    MULTIPLIER_FIELDS,
    PLAN_FIELDS,
    Values,
    field_of,
    read_fields,
)
from portal.programs.studio.trials import Trial, try_plan
from portal.sales.products.models import Product
from portal.sales.products.queries import search_products
from portal.security.viewer import Viewer

LABELS = {
    "plan": {one.name: one.label for one in PLAN_FIELDS},
    "component": {one.name: one.label for one in COMPONENT_FIELDS},
    "multiplier": {one.name: one.label for one in MULTIPLIER_FIELDS},
}


@dataclass
class Sitting:
    """One look at a draft: what was typed, and what is wrong with it."""

    draft: Draft
    text: str
    issues: Sequence[PlanIssue]
    typed: Values | None = None
    find: str = ""
    refusal: str = ""
    changes: Sequence[str] = ()
    mine: Sequence[str] = ()
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """A component seen before it pays: the trial and its drawing."""

    trial: Trial
    curve: Curve | None


def editor_context(sitting: Sitting, viewer: Viewer) -> dict[str, Any]:
    """Everything the editor's template needs."""
    values, readable = _values(sitting)
    errors, rest = place_issues(sitting.issues, list(values))
    plan = sitting.draft.plan
    row = overview.rows_of([sitting.draft.program])[0]
    return {
        "draft": sitting.draft, "values": values, "readable": readable, "errors": errors | sitting.errors, "rest": rest,
        "issues": sitting.issues, "text": sitting.text, "choices": choices, "labels": LABELS, "row": row,
        "knows": {*Plan.model_fields, *Eligibility.model_fields}, "words": plan_words(plan),
        "previews": preview(plan, row.plan), "stale": bool(sitting.issues),
        "found": search_products(sitting.find) if sitting.find else [], "find": sitting.find,
        "known": known_words(viewer), "unknown": unknown_goods(plan), "refusal": sitting.refusal,
        "changes": sitting.changes, "mine": sitting.mine,
    }  # fmt: skip


def _values(sitting: Sitting) -> tuple[Values, bool]:
    """The fields' texts, and whether the YAML can be read at all; else they show the last plan."""
    try:
        values, readable = read_fields(read_plan_text(sitting.text)[0]), True
    except PlanError:
        values, readable = read_fields(read_plan_text(sitting.draft.row.source_text)[0]), False
    kept = {name: text for name, text in (sitting.typed or {}).items() if name in sitting.errors}
    return values | kept, readable


def place_issues(issues: Sequence[PlanIssue], names: list[str]) -> tuple[dict[str, str], list[PlanIssue]]:
    """Sentences beside the fields they are about, and the issues for which there is no field."""
    errors: dict[str, str] = {}
    rest = []
    for issue in issues:
        name = field_of(issue.key, names) if issue.key else None
        if name is None:
            rest.append(issue)
        else:
            line = f" (line {issue.line})" if issue.line else ""
            sentence = "Fill this in." if issue.sentence.startswith("“None”") else issue.sentence
            errors.setdefault(name, f"{sentence}{line}")
    return errors, rest


def preview(plan: Plan, now: Plan | None) -> list[Preview]:
    """Every component with its examples and curve, beside the component of the version in force."""
    in_force = {trial.component.code: trial for trial in try_plan(now)} if now is not None else {}
    return [
        Preview(trial, draw_curve(trial, in_force.get(trial.component.code), twin_name="In force now"))
        for trial in try_plan(plan)
    ]


def known_words(viewer: Viewer) -> dict[str, list[str]]:
    """The words that eligibility lists choose from."""
    return {
        "partner_types": [kind.value for kind in PartnerType],
        "tiers": list(TIERS),
        "territories": [territory.name for territory in list_territories()],
        "segments": [name for name in list_choices(viewer, "segment") if name],
    }


def unknown_goods(plan: Plan) -> list[str]:
    """SKUs, categories and tags of a plan that no product has: they would count nothing."""
    wanted = [plan.qualify, *(component.qualify for component in plan.components)]
    skus = {sku for one in wanted for sku in (*(one.skus or ()), *(one.exclude_skus or ()))}
    skus |= {sku for component in plan.components for sku in component.items or {}}
    categories = {name for one in wanted for name in (*(one.categories or ()), *(one.exclude_categories or ()))}
    named = {name for component in plan.components for name in component.amounts or {}}
    tags = {name for one in wanted for name in one.tags or ()}
    if not skus and not categories and not named and not tags:
        return []
    known = set(session.scalars(select(Product.sku).where(Product.sku.in_(skus | named))))
    places = {place for one in session.scalars(select(Product.category).distinct()) for place in _places(one)}
    tags -= {tag for text in session.scalars(select(Product.tags).distinct()) for tag in text.split(";")}
    return sorted((skus - known) | (categories - places) | (named - known - places) | tags)


def _places(category: str | None) -> list[str]:
    """A category and everything it stands under."""
    parts = (category or "").split(" / ")
    return [" / ".join(parts[:count]) for count in range(1, len(parts) + 1)]
