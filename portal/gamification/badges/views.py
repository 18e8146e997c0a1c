"""The badges of the viewer, one badge, the closest one for home, and what staff change about them."""

from __future__ import annotations

from flask import Response, request, url_for

from portal.core.db import session, transaction
from portal.core.errors import NotFound, PortalError
from portal.core.paging import paged, paginate
from portal.gamification.badges import queries, services, words
from portal.gamification.badges.forms import ActForm, AddBadgeForm, ChangeBadgeForm, typed_from
from portal.gamification.badges.queries import BadgeRow, BadgeView
from portal.gamification.badges.rules import COUNTS, parse_rule
from portal.gamification.campaigns import Campaign, list_campaigns
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import redirect_to, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.app_template_filter("badge_hint")
def badge_hint(view: BadgeView) -> str:
    """What stands under a badge that is not earned yet."""
    return words.progress_words(view.rule, view.progress, view.campaign)


@bp.app_template_filter("badge_rule")
def badge_rule(row: BadgeRow) -> str:
    """The rule of a badge as staff read it."""
    return words.rule_words(row.rule, row.campaign, whom="the seller")


@bp.get("/badges")
@requires("badge:read")
def list_badges() -> Response:
    """Earned, in progress, not begun; staff see each rule in words and how many people hold it."""
    me = viewer()
    if me.is_partner:
        return page("gamification/badges/list_badges.html", views=queries.badges_of(me.person_id or 0))
    state = read_list_state(sorts=("name", "held"), filters=("state",))
    rows = queries.search_badges(
        me, q=state.q, state=state.filters["state"], sort=state.sort, descending=state.descending
    )
    return page("gamification/badges/list_badges.html", state=state, found=paged(rows, page=state.page))


@bp.get("/badges/<code>")
@requires("badge:read")
def show_badge(code: str) -> Response:
    """One badge: its rule in words, and how far the viewer is."""
    badge = queries.get_badge(code)
    me = viewer()
    rule = parse_rule(badge.rule)
    campaigns = queries.campaigns_by_code()
    campaign = campaigns.get(rule.program or "")
    views = queries.badges_of(me.person_id or 0, [badge], campaigns) if me.is_partner else []
    if me.is_partner and not views:
        raise NotFound
    view = views[0] if views else None
    state = read_list_state()
    people = paginate(session(), queries.holders_of(me, badge), page=state.page, scalars=False) if not view else None
    return page(
        "gamification/badges/show_badge.html", badge=badge, rule=rule, view=view, campaign=campaign, people=people,
        how=words.rule_words(rule, campaign, whom="you" if view else "the seller"),
        holders=people.total if people else queries.count_holders(me).get(badge.id, 0),
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


@bp.route("/badges/new", methods=["GET", "POST"])
@requires("badge:change")
def add_badge() -> Response:
    """Make a badge of one of the kinds of rules there are."""
    campaigns = list_campaigns()
    form = AddBadgeForm(data={"count": COUNTS[0], "glyph": "star", "sales": "flow:sell_out"})
    form.offer(campaigns)
    if form.accept():
        try:
            with transaction():
                badge = services.add_badge(form.values(campaigns), by=viewer())
            tell(f"{badge.name} can be earned. Who has done it already gets it within a minute or so.")
            return redirect_to(url_for("gamification.badges.show_badge", code=badge.code))
        except PortalError as error:
            form.refuse(error)
    return page("gamification/badges/add_badge.html", form.status, form=form, how=_how(form, campaigns))


@bp.route("/badges/<code>/change", methods=["GET", "POST"])
@requires("badge:change")
def change_badge(code: str) -> Response:
    """Change a badge; who has it keeps it."""
    badge, campaigns = queries.get_badge(code), list_campaigns()
    form = ChangeBadgeForm(data=typed_from(badge))
    form.offer(campaigns, kept=parse_rule(badge.rule).program)
    if form.accept():
        try:
            with transaction():
                locked = queries.get_badge(code, lock=True)
                changed = services.change_badge(locked, form.values(campaigns), by=viewer())
            tell("The badge is changed." if changed else "Nothing was different, so nothing changed.")
            return redirect_to(url_for("gamification.badges.show_badge", code=code))
        except PortalError as error:
            form.refuse(error)
    held = queries.count_holders(viewer()).get(badge.id, 0)
    return page(
        "gamification/badges/change_badge.html", form.status, form=form, badge=badge, held=held,
        how=_how(form, campaigns),
    )  # fmt: skip


@bp.get("/badges/preview")
@requires("badge:change")
def preview_badge() -> Response:
    """How the badge that is being typed will look, and its rule in words."""
    campaigns = list_campaigns()
    form = AddBadgeForm(request.args)
    form.offer(campaigns)
    return page("gamification/badges/_badge_preview.html", form=form, how=_how(form, campaigns))


def _how(form: ChangeBadgeForm, campaigns: list[Campaign]) -> str:
    """The rule in words as far as it is typed; nothing while it is no rule yet."""
    values = form.values(campaigns)
    try:
        rule = parse_rule(values.rule.to_json())
    except PortalError:
        return ""
    campaign = next((one for one in campaigns if one.code == rule.program), None)
    return words.rule_words(rule, campaign)


@bp.post("/badges/<code>/retire")
@requires("badge:change")
def retire_badge(code: str) -> Response:
    """Give it to nobody else."""
    if ActForm().accept():
        with transaction():
            services.retire_badge(queries.get_badge(code, lock=True), by=viewer())
        tell("The badge is given to nobody else. Who has it keeps it.")
    return redirect_to(url_for("gamification.badges.show_badge", code=code))


@bp.post("/badges/<code>/restore")
@requires("badge:change")
def restore_badge(code: str) -> Response:
    """Give it again."""
    if ActForm().accept():
        with transaction():
            services.restore_badge(queries.get_badge(code, lock=True), by=viewer())
        tell("The badge can be earned again.")
    return redirect_to(url_for("gamification.badges.show_badge", code=code))
