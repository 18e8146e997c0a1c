"""What a channel manager sees beside the queue: budgets, shops close to a band, applications, the alarm."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, render_template, url_for
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session
from portal.core.money import minor_digits
from portal.home.health.proof import newest_check
from portal.home.near import shops_near_a_band
from portal.partners.onboarding.models import ApplicationState
from portal.partners.onboarding.queries import search_applications
from portal.programs.definitions.models import Program, ProgramState, ProgramVersion
from portal.programs.definitions.queries import plan_of
from portal.programs.runs.models import EarnedGroup
from portal.security.viewer import Viewer

SHOPS = 7
APPLICATIONS = 3


@dataclass(frozen=True)
class BudgetUse:
    """How much of a program's budget is earned so far, both in minor units of `unit`."""

    code: str
    name: str
    unit: str
    used: int
    budget: int

    @property
    def percent(self) -> int:
        """The used share, cut to whole percent."""
        return self.used * 100 // self.budget if self.budget else 0

    @property
    def href(self) -> str | None:
        """The program's page."""
        page = "programs.definitions.show_program"
        return url_for(page, code=self.code) if page in current_app.view_functions else None


def budget_uses() -> list[BudgetUse]:
    """Every live program with a budget, the fullest first; two statements."""
    latest = select(func.max(ProgramVersion.id)).group_by(ProgramVersion.program_id)
    query = select(Program, ProgramVersion).join(ProgramVersion, ProgramVersion.program_id == Program.id)
    rows = session.execute(query.where(ProgramVersion.id.in_(latest), Program.state == ProgramState.LIVE)).all()
    earned = select(EarnedGroup.program_id, func.sum(EarnedGroup.earned)).group_by(EarnedGroup.program_id)
    used = {number: int(total) for number, total in session.execute(earned)}
    uses = []
    for program, version in rows:
        budget = plan_of(version).budget
        if budget is not None:
            whole = int(budget.amount * 10 ** minor_digits(program.unit))
            uses.append(BudgetUse(program.code, program.name, program.unit, used.get(program.id, 0), whole))
    return sorted(uses, key=lambda use: use.percent, reverse=True)


def draw_budgets(viewer: Viewer) -> str | None:
    """Budget used, program by program."""
    uses = budget_uses()
    return render_template("home/_budgets.html", uses=uses) if uses else None


def draw_near_shops(viewer: Viewer) -> str:
    """Shops within 10 % below a band of an open period, the closest first."""
    found = shops_near_a_band(viewer, clock.today())
    return render_template("home/_near_shops.html", shops=found[:SHOPS], total=len({shop.code for shop in found}))


def draw_applications(viewer: Viewer) -> str | None:
    """The oldest applications that wait for a decision."""
    rows = session.execute(search_applications(viewer, ApplicationState.SUBMITTED).limit(APPLICATIONS)).all()
    return render_template("home/_applications.html", rows=rows) if rows else None


def draw_alarm(viewer: Viewer) -> str | None:
    """The alarm of the nightly check: what it found, in its own sentences."""
    check = newest_check()
    return render_template("home/_alarm.html", check=check) if check is not None and check.findings else None
