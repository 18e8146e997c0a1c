"""The sheet of one program as plain values, for its page and as a PDF for the wall."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import segno
from flask import current_app, url_for
from markupsafe import Markup

from portal.config import Settings
from portal.core.errors import NotFound
from portal.engine.plan import Plan
from portal.programs.definitions import overview
from portal.programs.definitions.goods import NamedGoods, named_goods
from portal.programs.definitions.models import ProgramVersion
from portal.programs.definitions.queries import get_program
from portal.programs.definitions.words import KINDS, plan_words
from portal.security.viewer import Viewer
from portal.web.filters import day_long
from portal.web.papers import paper_pdf

TEMPLATE = Path(__file__).with_name("sheet.typ")


@dataclass(frozen=True)
class Sheet:
    """A published program on one sheet of paper; `address` is where the code to scan leads."""

    code: str
    name: str
    kind: str
    goal: str
    words: list[str]
    goods: list[NamedGoods]
    version: ProgramVersion
    address: str
    claims: bool


def get_sheet(viewer: Viewer, code: str) -> Sheet:
    """The sheet of the version in force; raises NotFound where nothing is published or the viewer is not shown it."""
    program = get_program(viewer, code)
    row = overview.rows_of([program])[0]
    if row.plan is None or row.version is None:
        raise NotFound
    overview.check_shown(viewer, row)
    return Sheet(
        program.code, program.name, KINDS.get(program.kind, program.kind), program.goal,
        plan_words(row.plan, budget=False), named_goods(row.plan), row.version, _scanned(program.code, row.plan),
        row.plan.participant == "seller",
    )  # fmt: skip


def _scanned(code: str, plan: Plan) -> str:
    """Where the code leads: sellers to a claim of this program, partners to how it pays."""
    settings: Settings = current_app.extensions["settings"]
    if plan.participant == "seller":
        return f"{settings.portal_url}{url_for('claims.submission.new_claim', program=code)}"
    return f"{settings.portal_url}{url_for('programs.definitions.show_program', code=code)}"


def draw_code(address: str) -> Markup:
    """A QR code as a drawing, dark on white in either theme."""
    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(scale=4, border=2, dark="#111", light="#fff", omitsize=True))  # noqa: S704  segno's own drawing, no text of anybody


def _code_file(address: str) -> str:
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=0)
    return drawn.getvalue().decode()


def sheet_pdf(sheet: Sheet, brand: str) -> bytes:
    """The sheet as a PDF, with the same code to scan."""
    from_day = day_long(sheet.version.effective_from)
    document = {
        "title": sheet.name,
        "reference": f"Version {sheet.version.number}, from {from_day}. Printed from the rule that pays.",
        "head": f"{brand}, {sheet.kind}",
        "goal": sheet.goal,
        "rule": sheet.words,
        "goods": [[one.code, one.name, one.pays] for one in sheet.goods],
        "paid": any(one.pays for one in sheet.goods),
        "drawn": _code_file(sheet.address),
        "scan": "Scan to claim a sale." if sheet.claims else "Scan to read it in the portal.",
        "address": sheet.address,
    }
    return paper_pdf(TEMPLATE, document)
