"""The daily feed: what was dated after the day the demo was built arrives on its day, once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.demo import build_base
from portal.demo.channel import DemoChannel
from portal.demo.feed import feed_demo, release
from portal.sales.journal.models import BatchState, JournalBatch, SaleLine
from tests.people import cheap_passwords

pytestmark = pytest.mark.one_database
BUILT = dt.date(2026, 11, 19)
NEXT = dt.date(2026, 11, 20)


@pytest.fixture
def data(db, tmp_path: Path) -> Path:
    """A data folder whose demo knows partners and products, and no line yet."""
    cheap_passwords()
    with clock.frozen(dt.datetime(2026, 11, 19, 8, tzinfo=dt.UTC)):
        build_base.build(DemoChannel(BUILT), "correct horse battery staple")
    facts = {"built_on": BUILT.isoformat(), "fed_until": BUILT.isoformat(), "built_at": "", "password": ""}
    (tmp_path / "demo.json").write_text(json.dumps(facts))
    return tmp_path


def lines() -> int:
    return session.scalar(select(func.count()).select_from(SaleLine))


def test_a_day_releases_its_lines_once_and_marks_what_is_generated(data: Path):
    expected = DemoChannel(BUILT).lines_recorded(BUILT, NEXT).filter(returns="")
    returning = DemoChannel(BUILT).lines_recorded(BUILT, NEXT).height - expected.height
    assert expected.height > 0
    assert returning == 0, "choose a day without returns: their sales are not in this journal"
    with clock.frozen(dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)):
        assert release(data, NEXT) == expected.height
        assert release(data, NEXT) == 0
    assert lines() == expected.height
    made = session.scalar(select(func.count()).select_from(SaleLine).where(SaleLine.generated))
    assert made == expected.filter("generated").height
    states = set(session.scalars(select(JournalBatch.state)))
    assert states == {BatchState.CONFIRMED}
    assert json.loads((data / "demo.json").read_text())["fed_until"] == NEXT.isoformat()


def test_outside_the_demo_nothing_is_fed(app):
    with app.app_context(), transaction():
        feed_demo()
    assert lines() == 0
