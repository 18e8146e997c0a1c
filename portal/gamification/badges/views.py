"""The badges of the viewer, one badge, and the closest one for home."""

from __future__ import annotations

from flask import Response

from portal.gamification.badges import queries, words
from portal.gamification.badges.queries import BadgeView
from portal.gamification.badges.rules import parse_rule
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.htmx import unchanged
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.app_template_filter("badge_hint")
def badge_hint(view: BadgeView) -> str:
    """What stands under a badge that is not earned yet."""
    return words.progress_words(view.rule, view.progress, view.campaign)


@bp.get("/badges")
@requires("badge:read")
def list_badges() -> Response:
    """Earned, in progress, not begun; staff see how many people hold each."""
    badges = queries.list_badges()
    me = viewer()
    views = queries.badges_of(me.person_id or 0, badges) if me.is_partner else []
    holders = queries.count_holders() if not me.is_partner else {}
    return page("gamification/badges/list_badges.html", badges=badges, views=views, holders=holders)


@bp.get("/badges/<code>")
@requires("badge:read")
def show_badge(code: str) -> Response:
    """One badge: its rule in words, and how far the viewer is."""
    badge = queries.get_badge(code)
    me = viewer()
    rule = parse_rule(badge.rule)
    campaigns = queries.campaigns_by_code()
    campaign = campaigns.get(rule.program or "")
    view = queries.badges_of(me.person_id or 0, [badge], campaigns)[0] if me.is_partner else None
    return page(
        "gamification/badges/show_badge.html", badge=badge, rule=rule, view=view,
        how=words.rule_words(rule, campaign), campaign=campaign, holders=queries.count_holders().get(badge.id, 0),
        missing=words.missing_words(rule, view.progress, campaign) if view else "",
    )  # fmt: skip


@bp.get("/badges/closest")
@requires("badge:read")
def show_closest() -> Response:
    """The badge that is nearest, for the home page; 204 when there is none."""
    view = queries.find_closest(viewer().person_id or 0)
    if view is None:
        return unchanged()
    missing = words.missing_words(view.rule, view.progress, view.campaign)
    return page("gamification/badges/_closest.html", view=view, missing=missing)
