"""What happens by itself, and when: the one table of all jobs. Times of day are in the portal's zone."""

from __future__ import annotations

import datetime as dt

from portal.claims.jobs import chase_questions
from portal.config import Settings
from portal.demo.feed import feed_demo
from portal.gamification.badges.services import award_everybody
from portal.gamification.levels.services import evaluate_tiers
from portal.home.health.proof import check_books
from portal.jobs.services import Job
from portal.ledger.jobs import expire_points, mature_lots
from portal.partners.organizations.jobs import refresh_partners
from portal.programs.closing.jobs import run_waiting_calculations
from portal.programs.mergers.jobs import begin_mergers
from portal.programs.rollouts.jobs import run_waiting_rollouts
from portal.programs.rollouts.reminding import remind_of_answer_days
from portal.programs.runs.jobs import close_periods, keep_traces
from portal.programs.simulation.jobs import run_waiting_simulations
from portal.programs.simulation.reconciling.jobs import run_waiting_comparisons
from portal.programs.target_sheets.freezing import fix_baselines
from portal.sales.imports.jobs import run_waiting_imports
from portal.sales.reporting.jobs import chase_reports

HOUR = dt.timedelta(hours=1)

JOBS = [
    Job("partners.refresh", refresh_partners, daily_at=dt.time(0, 5)),
    Job("partners.begin_mergers", begin_mergers, daily_at=dt.time(0, 10)),
    Job("programs.fix_baselines", fix_baselines, daily_at=dt.time(0, 15), atomic=False),
    Job("ledger.mature", mature_lots, every=HOUR, atomic=False),
    Job("ledger.expire", expire_points, daily_at=dt.time(0, 20), atomic=False),
    Job("programs.close_periods", close_periods, every=HOUR, atomic=False),
    Job("programs.store_traces", keep_traces, every=HOUR, atomic=False),
    Job("claims.chase_answers", chase_questions, daily_at=dt.time(7, 0), atomic=False),
    Job("programs.remind_of_answer_days", remind_of_answer_days, daily_at=dt.time(7, 15), atomic=False),
    Job("sales.chase_reports", chase_reports, daily_at=dt.time(6, 45), atomic=False),
    Job("tiers.evaluate", evaluate_tiers, daily_at=dt.time(1, 0)),
    Job("badges.award", award_everybody, daily_at=dt.time(1, 30)),
    Job("demo.feed", feed_demo, daily_at=dt.time(6, 0), atomic=False),
    Job("books.verify", check_books, daily_at=dt.time(2, 30), atomic=False),
]


def jobs_of(settings: Settings) -> list[Job]:
    """The jobs of an installation: the demo's feed belongs to the demo alone."""
    return [job for job in JOBS if settings.demo or job.work is not feed_demo]


# Short work that looks every few seconds whether there is something to do.
POLLS = [
    run_waiting_imports,
    run_waiting_calculations,
    run_waiting_simulations,
    run_waiting_rollouts,
    run_waiting_comparisons,
]
