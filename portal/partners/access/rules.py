"""Pure decisions about sessions and links: how long they live."""

from __future__ import annotations

import datetime as dt

from portal.partners.access.models import Purpose

IDLE = dt.timedelta(hours=12)
ABSOLUTE = dt.timedelta(days=7)
SEEN_EVERY = dt.timedelta(minutes=1)
LIFETIME = {
    Purpose.INVITATION: dt.timedelta(days=3),
    Purpose.PASSWORD_RESET: dt.timedelta(hours=1),
    Purpose.LOG_IN: dt.timedelta(minutes=15),
}
LOGIN_TRIES, LOGIN_MINUTES = 10, 5
ADDRESS_TRIES = 60
RESET_TRIES, RESET_MINUTES = 3, 15


def is_live(created_at: dt.datetime, last_seen: dt.datetime, ended_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a session may still be used: not ended, used lately, not too old."""
    return ended_at is None and now - last_seen < IDLE and now - created_at < ABSOLUTE


def is_seen_again(last_seen: dt.datetime, now: dt.datetime) -> bool:
    """Whether the time of the last use is to be written down again: at most once a minute."""
    return now - last_seen >= SEEN_EVERY


def name_device(agent: str) -> str:
    """A device in words from what its browser says of itself: "Firefox on Linux"."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    browser = next((name for mark, name in browsers if mark in agent), "A browser")
    system = next((name for mark, name in systems if mark in agent), "")
    return f"{browser} on {system}" if system else browser
