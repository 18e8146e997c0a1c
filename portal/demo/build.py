"""Building the demo channel through the services, at the moments when things happened."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from portal.config import Settings, generate_secret
from portal.core import clock, db
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.core.migrate import upgrade
from portal.demo import (
    build_base,
    build_game,
    build_journal,
    build_limits,
    build_programs,
    build_reporting,
    build_studio,
)
from portal.demo.channel import DemoChannel
from portal.demo.documents import write_samples
from portal.demo.examples import late_csv
from portal.demo.plans import write_plans

Say = Callable[[str], None]
WORDS = ("harbor", "lantern", "saddle", "maple", "copper", "meadow", "ribbon", "anchor", "velvet", "pepper")


def is_built(settings: Settings) -> bool:
    """Whether the data folder holds a finished demo."""
    return (settings.data_dir / "demo.json").exists()


def facts_of(data_dir: Path) -> dict[str, str]:
    """What was written down when the demo was built: day, moment and password."""
    found: dict[str, str] = json.loads((data_dir / "demo.json").read_text(encoding="utf-8"))
    return found


def build(settings: Settings, say: Say) -> None:
    """Build the whole demo channel into the settings' database and data folder; the last step marks it finished."""
    started = time.monotonic()
    generate_secret(settings.data_dir)
    upgrade(db.engine())
    password = "-".join(secrets.SystemRandom().sample(WORDS, 3))
    moment = clock.now()
    today = clock.today()
    channel = DemoChannel(today)
    step = _steps(say, started)
    with clock.frozen(_at(channel.first_day - dt.timedelta(days=40), 8)):
        build_base.build(channel, password)
        build_game.build()
    step("partners, people and products are in")
    build_programs.publish_and_draft(channel)
    build_journal.build(channel, moment, settings)
    step("sales and claims are in and calculated")
    with clock.frozen(moment - dt.timedelta(minutes=5)):  # before the tour looks for what people did
        build_limits.build()
        build_studio.build()
    with clock.frozen(moment):
        build_programs.finish(today)
        build_reporting.build(today)
        build_game.award()
    _quiet()
    folder = settings.data_dir / "examples"
    write_samples(folder, today, late_csv(channel.shift))
    write_plans(folder / "plans", today)
    facts = {"built_on": today.isoformat(), "built_at": moment.isoformat(), "fed_until": today.isoformat()}
    (settings.data_dir / "demo.json").write_text(json.dumps(facts | {"password": password}), encoding="utf-8")
    step("the demo channel is built")


def _at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), clock.zone())


def _steps(say: Say, started: float) -> Say:
    return lambda sentence: say(f"{time.monotonic() - started:5.1f} s  {sentence}")


def _quiet() -> None:
    """The history's facts are told to nobody: all of it happened before the demo begins."""
    with transaction():
        session.execute(update(OutboxRow).where(OutboxRow.delivered_at.is_(None)).values(delivered_at=clock.now()))
