"""What the page of one program shows its participant, gathered as plain values."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.errors import PortalError
from portal.programs.definitions.goods import named_goods
from portal.programs.definitions.queries import get_program
from portal.programs.definitions.words import KINDS, plan_words
from portal.programs.participation.forms import AcceptForm, JoinForm, LeaveForm
from portal.programs.participation.ladder import ladders
from portal.programs.participation.queries import MyProgram, get_my_program
from portal.programs.rollouts.queries import changes_of
from portal.programs.runs.explanations import Explained, explain
from portal.programs.statements.participants import Participant
from portal.programs.statements.queries import branch_codes
from portal.security.viewer import Role, Viewer

Shown = dict[str, Any]


def program_page(viewer: Viewer, who: Participant, code: str, **forms: object) -> Shown:
    """Everything the page shows; a form that was refused is given and keeps what was typed."""
    mine = get_my_program(viewer, who, code)
    told = _explained(mine, who)
    terms = mine.standing.waiting[0] if mine.standing.asks else mine.standing.terms
    fresh = {"accepted": terms.digest if terms else "", "day": clock.today()}
    first = fresh | {"day": max(clock.today(), mine.row.begins or clock.today())}  # nothing counts before its first day
    shown = {
        "mine": mine, "who": who, "told": told, "ladders": ladders(told) if told else [], "terms": terms,
        "words": plan_words(mine.row.plan, budget=False) if mine.row.plan else [], "kinds": KINDS,
        "goods": named_goods(mine.row.plan) if mine.row.plan else [],
        "may_answer": viewer.can("terms:accept") and who.kind == "partner",
        "join": JoinForm(formdata=None, data=first), "leave": LeaveForm(formdata=None, data=fresh, prefix="leave-"),
        "changes": changes_of(get_program(viewer, code), mine.news.version) if mine.news else [],
        "accept": AcceptForm(formdata=None, data=fresh), "branches": branches(viewer, who), "today": clock.today(),
    }  # fmt: skip
    return shown | forms


def branches(viewer: Viewer, who: Participant) -> list[tuple[str, str]]:
    """The company and its branches for choosing; nothing where there is nothing to choose."""
    others = [] if viewer.role is Role.SELLER else branch_codes(viewer, who)
    return sorted([(who.code, who.name), *others], key=lambda one: one[1]) if others else []


def _explained(mine: MyProgram, who: Participant) -> Explained | None:
    """The running period's trace, when there is one to stand on."""
    start = mine.current.period_start if mine.current else mine.steps[0].period_start if mine.steps else None
    if start is None or not mine.pays_me:
        return None
    try:
        return explain(mine.row.program.code, who.kind, who.id, who.code, start)
    except PortalError:
        return None
