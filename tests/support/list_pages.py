"""The list pages of the portal: who may see each, and what in its address finds nothing."""

from dataclasses import dataclass

NOTHING = "q=zzqxzz"


@dataclass(frozen=True)
class ListPage:
    """A list at a fixed address; `empty` is a query that leaves it without a row, where the page takes one."""

    endpoint: str
    role: str
    empty: str = ""


LIST_PAGES = (
    ListPage("audit.list_entries", "finance", NOTHING),
    ListPage("claims.review.list_queue", "channel_manager", NOTHING),
    ListPage("claims.submission.list_claims", "channel_manager", NOTHING),
    ListPage("claims.submission.list_recent_claims", "seller"),
    ListPage("gamification.badges.list_badges", "seller"),
    ListPage("gamification.leaderboards.show_board", "seller"),
    ListPage("gamification.levels.list_near_tier", "channel_manager"),
    ListPage("ledger.list_adjustments", "finance"),
    ListPage("ledger.list_months", "finance"),
    ListPage("ledger.list_owners", "finance", NOTHING),
    ListPage("notifications.list_notifications", "seller"),
    ListPage("partners.access_review.list_reviews", "admin"),
    ListPage("partners.limits.list_limits", "admin", NOTHING),
    ListPage("partners.onboarding.list_applications", "channel_manager", NOTHING),
    ListPage("partners.joining.list_joiners", "partner_admin"),
    ListPage("partners.organizations.list_partners", "channel_manager", NOTHING),
    ListPage("partners.people.list_people", "channel_manager", NOTHING),
    ListPage("partners.people.list_role_requests", "channel_manager"),
    ListPage("partners.territories.list_territories", "channel_manager"),
    ListPage("programs.definitions.list_programs", "channel_manager", NOTHING),
    ListPage("programs.simulation.list_paid_files", "finance", NOTHING),
    ListPage("programs.simulation.list_simulations", "channel_manager", NOTHING),
    ListPage("programs.closing.list_periods", "channel_manager", NOTHING),
    ListPage("programs.exceptions.list_exceptions", "channel_manager", NOTHING),
    ListPage("programs.statements.list_statements", "finance", NOTHING),
    ListPage("rewards.catalog.list_rewards", "seller", NOTHING),
    ListPage("rewards.fulfillment.list_waiting", "channel_manager", NOTHING),
    ListPage("rewards.redemption.list_orders", "seller", NOTHING),
    ListPage("sales.imports.list_imports", "channel_manager", NOTHING),
    ListPage("sales.journal.list_sales", "channel_manager", "until=1990-01-01"),
    ListPage("sales.matching.list_names", "channel_manager"),
    ListPage("sales.reporting.list_reports", "channel_manager", NOTHING),
    ListPage("sales.products.list_products", "channel_manager", NOTHING),
)
