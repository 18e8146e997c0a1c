"""Points while you watch, the way through a campaign, and the tier of a partner."""

from __future__ import annotations

from flask import Response, request

from portal.core import clock
from portal.core.money import POINTS
from portal.gamification.badges.queries import goals_in
from portal.gamification.campaigns import find_running, list_campaigns, units_sold
from portal.gamification.levels import queries
from portal.gamification.levels.sprint import way_of
from portal.ledger.queries import Balance, balances
from portal.partners.organizations.queries import get_partner
from portal.partners.tiers.queries import tier_history
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.htmx import partial_or_page, unchanged
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/gamification/balance")
@requires("reward:order")
def show_balance() -> Response:
    """The viewer's points; 204 while they are those of `v` (or of If-None-Match)."""
    owner_id = viewer().owner_id
    held = balances(owner_id).get(POINTS, Balance()) if owner_id is not None else Balance()
    version = f"{held.available}-{held.pending}-{held.held}"
    if version in (request.args.get("v"), request.headers.get("If-None-Match", "").strip('"')):
        return unchanged()
    answer = page("gamification/levels/_balance.html", balance=held, version=version)
    answer.set_etag(version)
    return answer


@bp.get("/gamification/campaign")
@requires("reward:order")
def show_campaign() -> Response:
    """The viewer's way through the campaign that runs, for the night ground of home; 204 when none runs."""
    today = clock.today()
    campaign = find_running(list_campaigns(), today)
    if campaign is None:
        return unchanged()
    way = way_of(campaign, units_sold(viewer().person_id or 0, campaign), goals_in(campaign))
    return page("gamification/levels/_campaign.html", campaign=campaign, way=way, days=campaign.days_left(today))


@bp.get("/gamification/tier")
@requires("level:read")
def show_tier_card() -> Response:
    """The tier of the viewer's own company, for home."""
    if viewer().partner_id is None or not queries.list_levels():
        return unchanged()
    card = queries.card_of(viewer(), clock.today())
    return page("gamification/levels/_tier_card.html", card=card)


@bp.get("/gamification/near-tier")
@requires("partner:read")
def list_near_tier() -> Response:
    """Partners close below the next tier, for a manager's home."""
    near = queries.list_near_tier(viewer(), clock.today())
    return page("gamification/levels/_near_tier.html", near=near) if near else unchanged()


@bp.get("/partners/<code>/level")
@requires("level:read")
def show_level(code: str) -> Response:
    """The tier of a partner: what it bought, what is missing, how it came about. A tab of the partner's page."""
    partner = get_partner(viewer(), code)
    card = queries.card_of(viewer(), clock.today(), partner.id)
    return partial_or_page(
        "gamification/levels/_level.html", "gamification/levels/show_level.html", card=card, partner=partner,
        steps=list(reversed(tier_history(partner.id))), evaluations=queries.list_evaluations(partner.id),
        first_day=clock.FIRST_DAY, today=clock.today(),
    )  # fmt: skip
