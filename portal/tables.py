"""Every module that declares tables, so that migrations, tests and checks see the whole schema."""

from __future__ import annotations

import importlib

from sqlalchemy.engine import Engine

from portal.core.db import Base
from portal.core.guards import install_guards

MODELS = [
    "portal.core.events",
    "portal.core.heartbeat",
    "portal.core.sequence",
    "portal.audit.models",
    "portal.security.models",
    "portal.security.limits.models",
    "portal.partners.territories.models",
    "portal.partners.organizations.models",
    "portal.partners.people.models",
    "portal.partners.limits.models",
    "portal.partners.mergers.models",
    "portal.partners.joining.models",
    "portal.partners.access.models",
    "portal.partners.access_review.models",
    "portal.partners.supply.models",
    "portal.partners.certificates.models",
    "portal.partners.onboarding.models",
    "portal.partners.spif.models",
    "portal.ledger.models",
    "portal.sales.products.models",
    "portal.sales.rates.models",
    "portal.sales.journal.models",
    "portal.sales.activities.models",
    "portal.sales.end_customers.models",
    "portal.sales.imports.models",
    "portal.sales.reporting.models",
    "portal.claims.models",
    "portal.programs.definitions.models",
    "portal.programs.runs.models",
    "portal.programs.enrollments.models",
    "portal.programs.target_sheets.models",
    "portal.programs.targets.models",
    "portal.programs.exceptions.models",
    "portal.programs.closing.models",
    "portal.programs.simulation.models",
    "portal.programs.rollouts.models",
    "portal.home.health.models",
    "portal.jobs.models",
    "portal.notifications.models",
    "portal.rewards.catalog.models",
    "portal.rewards.redemption.models",
    "portal.gamification.badges.models",
    "portal.gamification.leaderboards.models",
    "portal.gamification.levels.models",
]


def load() -> None:
    """Import every module with tables."""
    for name in MODELS:
        importlib.import_module(name)


def create_all(engine: Engine) -> None:
    """Create the whole schema and its guards at once; tests use it, installations use migrations."""
    load()
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        install_guards(connection)
