"""How values are written in templates."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal

from flask import Flask
from markupsafe import Markup

from portal.core import clock
from portal.core.money import POINTS, show_minor
from portal.security.current import find_viewer


def money(minor: int | None, unit: str) -> str:
    """46.37 from 4637 minor units; thousands separated, a true minus."""
    return "" if minor is None else show_minor(int(minor), unit)


def points(value: int | None) -> str:
    """1,860."""
    return "" if value is None else show_minor(int(value), POINTS)


def on_their_clock(value: dt.datetime) -> dt.datetime:
    """The instant on the viewer's clock: the zone of their account, else the portal's."""
    viewer = find_viewer()
    if viewer is None or not viewer.tz:
        return clock.local(value)
    try:
        return value.astimezone(zoneinfo.ZoneInfo(viewer.tz))
    except zoneinfo.ZoneInfoNotFoundError:  # an account may name a zone this machine does not know
        return clock.local(value)


def day(value: dt.date | dt.datetime | None) -> str:
    """19 Nov, with the year when it is another one than now."""
    if value is None:
        return ""
    date = on_their_clock(value).date() if isinstance(value, dt.datetime) else value
    text = f"{date.day} {date:%b}"
    return text if date.year == clock.today().year else f"{text} {date.year}"


def day_long(value: dt.date | dt.datetime | None) -> str:
    """14 September 2026."""
    if value is None:
        return ""
    date = on_their_clock(value).date() if isinstance(value, dt.datetime) else value
    return f"{date.day} {date:%B} {date.year}"


def moment(value: dt.datetime | None) -> Markup:
    """A <time> on the viewer's wall clock: 10:41 today, else 19 Nov 10:41."""
    if value is None:
        return Markup("")
    local = on_their_clock(value)
    shown = f"{local:%H:%M}" if local.date() == on_their_clock(clock.now()).date() else f"{day(local)} {local:%H:%M}"
    return Markup('<time datetime="{}" title="{} {}">{}</time>').format(
        value.isoformat(timespec="seconds"), day_long(local), f"{local:%H:%M:%S %Z}", shown
    )


def ago(value: dt.datetime | None) -> str:
    """How long since: 12 min, 3 h, yesterday, 4 days."""
    if value is None:
        return ""
    seconds = int((clock.now() - value).total_seconds())
    if seconds < 3600:
        return f"{max(seconds // 60, 1)} min"
    if seconds < 86400:
        return f"{seconds // 3600} h"
    days = (on_their_clock(clock.now()).date() - on_their_clock(value).date()).days
    return "yesterday" if days <= 1 else f"{days} days"


def percent(value: Decimal | int | str) -> str:
    """2.5 % from an exact number."""
    text = format(Decimal(value), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} %"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """1 claim, 3 claims."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def install_filters(app: Flask) -> None:
    """Make the filters known to Jinja."""
    for name, function in {
        "money": money,
        "points": points,
        "day": day,
        "day_long": day_long,
        "moment": moment,
        "ago": ago,
        "percent": percent,
        "counted": counted,
    }.items():
        app.jinja_env.filters[name] = function
