"""The daily feed of the demo: lines that were dated after the day it was built arrive on their day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from flask import current_app

from portal.config import Settings
from portal.core import clock
from portal.demo.build import facts_of
from portal.demo.build_journal import post_lines
from portal.demo.channel import DemoChannel


def feed_demo() -> None:
    """Release what is due; does nothing outside the demo. Safe to run twice: the journal knows its lines."""
    settings: Settings = current_app.extensions["settings"]
    if settings.demo:
        release(settings.data_dir, clock.today())


def release(data_dir: Path, today: dt.date) -> int:
    """Import the lines recorded since the last release; how many there were."""
    facts = facts_of(data_dir)
    channel = DemoChannel(dt.date.fromisoformat(facts["built_on"]))
    after = dt.date.fromisoformat(facts["fed_until"])
    lines = channel.lines_recorded(after, today)
    if lines.height:
        post_lines(lines, data_dir, f"{today}")
    facts["fed_until"] = max(after, today).isoformat()
    (data_dir / "demo.json").write_text(json.dumps(facts), encoding="utf-8")
    return lines.height
