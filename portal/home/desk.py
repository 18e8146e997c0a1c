"""What a channel manager sees beside the queue: shops close to a band, applications, the alarm."""

from __future__ import annotations

from flask import render_template

from portal.core import clock
from portal.core.db import session
from portal.home.health.proof import newest_check
from portal.home.near import shops_near_a_band
from portal.partners.onboarding.models import ApplicationState
from portal.partners.onboarding.queries import search_applications
from portal.security.viewer import Viewer

SHOPS = 7
APPLICATIONS = 3


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
