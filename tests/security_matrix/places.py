"""What stands in every address of the portal, and who may not know of it. A new address needs a line here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from portal.security.doors import PUBLIC, SIGNED_IN, door_of
from portal.security.permissions import allows
from tests.security_matrix.world import Channel

STRANGERS = frozenset({"rival_seller", "rival_admin", "distributor_admin", "far_manager"})
PERSONAL = STRANGERS | {"colleague"}
OWNER_ALONE = PERSONAL | {"partner_admin"}
EVERYBODY_ELSE = OWNER_ALONE | {"channel_manager", "near_manager", "finance", "auditor", "admin"}
NO_NUMBER = 999_999
NO_CODE = "NO-SUCH-ONE"


@dataclass(frozen=True)
class Place:
    """The arguments of an address for the first shop's row; `blind` are those for whom it does not exist."""

    args: dict[str, str] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    fixed: dict[str, Any] = field(default_factory=dict)
    quiet: bool = False

    def arguments(self, channel: Channel) -> dict[str, Any]:
        """The row that is there."""
        known = channel.numbers | {"sku": channel.sku}
        return {name: known[key] for name, key in self.args.items()} | self.fixed

    def missing(self, channel: Channel) -> dict[str, Any]:
        """A row that is not there, written alike."""
        there = self.arguments(channel)
        first = next(iter(self.args), None)
        if first is None:
            return there
        return there | {first: NO_NUMBER if isinstance(there[first], int) else NO_CODE}


def _row(argument: str, key: str, blind: frozenset[str] = frozenset(), **more: Any) -> Place:
    return Place({argument: key}, blind, **more)


CLAIM = _row("claim_id", "claim", PERSONAL)
APPROVED = _row("claim_id", "approved", PERSONAL)
DRAFT = _row("claim_id", "draft_claim", EVERYBODY_ELSE)
EVIDENCE = Place({"claim_id": "claim", "file_id": "file"}, PERSONAL)
SHOP = _row("code", "shop", STRANGERS)
PERSON = _row("person_id", "person", STRANGERS)
JOINER = _row("request_id", "joiner", STRANGERS)
ORDER = _row("number", "order", OWNER_ALONE)
REWARD = _row("code", "reward")
BADGE = _row("code", "badge")
IMPORT = _row("import_id", "import")
PLAN = _row("number", "draft")
SIMULATION = _row("number", "simulation")
PAID_FILE = _row("number", "paid_file")
STATEMENT = _row("participant", "email", OWNER_ALONE)
QUARTER = _row("participant", "email", OWNER_ALONE, fixed={"quarter": "2026-Q4"})
EARNING = _row("participant", "email", OWNER_ALONE, fixed={"code": "helmet-sprint", "period": "2026-10-22"})
ADJUSTMENT = _row("adjustment_id", "adjustment")
GRANT = _row("grant_id", "grant")
LIMIT = _row("request_id", "limit")
APPROVER = _row("person_id", "approver")
APPLICATION = _row("application_id", "application", frozenset({"far_manager"}))
LINE = _row("line_id", "line", STRANGERS)
SUPPLY = _row("supply_id", "supply", frozenset({"far_manager"}))
PRODUCT = _row("sku", "sku")
SPRINT = {"code": "helmet-sprint"}
PERIOD = Place(fixed={"code": "helmet-sprint", "start": "2026-10-22"})
DUTY = _row("duty_id", "duty", frozenset({"far_manager"}))
REPORT = _row("duty_id", "duty", frozenset({"far_manager"}), fixed={"period": "2026-10-01"})

PLACES: dict[str, Place] = {
    "audit.show_entry": _row("entry_id", "audit"),
    "claims.review.approve_claim": CLAIM,
    "claims.review.ask_seller": CLAIM,
    "claims.review.decide_claim": CLAIM,
    "claims.review.reject_claim": CLAIM,
    "claims.review.reverse_claim": APPROVED,
    "claims.review.review_claim": CLAIM,
    "claims.review.take_claim": CLAIM,
    "claims.submission.copy_claim": CLAIM,
    "claims.submission.download_file": EVIDENCE,
    "claims.submission.edit_claim": DRAFT,
    "claims.submission.list_partner_claims": SHOP,
    "sales.journal.list_partner_sales": SHOP,
    "claims.submission.reopen_claim": CLAIM,
    "claims.submission.show_claim": CLAIM,
    "claims.submission.show_preview": EVIDENCE,
    "claims.submission.withdraw_claim": DRAFT,
    "gamification.badges.change_badge": BADGE,
    "gamification.badges.restore_badge": BADGE,
    "gamification.badges.retire_badge": BADGE,
    "gamification.badges.show_badge": BADGE,
    "gamification.levels.show_level": SHOP,
    "ledger.confirm_adjustment": ADJUSTMENT,
    "ledger.refuse_adjustment": ADJUSTMENT,
    "ledger.show_cell": Place(fixed={"unit": "points", "column": "opening"}),
    "ledger.show_entry": _row("entry_id", "entry"),
    "ledger.show_owner": _row("owner_id", "owner"),
    "notifications.dismiss_notification": _row("notification_id", "notice", EVERYBODY_ELSE, quiet=True),
    "partners.access.accept_invitation": Place(fixed={"token": NO_CODE}),
    "partners.access.end_session": _row("session_id", "session", EVERYBODY_ELSE),
    "partners.access.reset_password": Place(fixed={"token": NO_CODE}),
    "partners.access.start_viewing": PERSON,
    "partners.access_review.decide_access": _row("entry_id", "review_entry"),
    "partners.access_review.export_review": _row("quarter", "review"),
    "partners.access_review.show_review": _row("quarter", "review"),
    "partners.access_review.sign_off": _row("quarter", "review"),
    "partners.onboarding.approve_application": APPLICATION,
    "partners.access.use_log_in_link": Place(fixed={"token": NO_CODE}),
    "partners.joining.confirm_joiner": JOINER,
    "partners.joining.decline_joiner": JOINER,
    "partners.joining.prove_address": Place(fixed={"token": NO_CODE}),
    "partners.limits.confirm_limit": LIMIT,
    "partners.limits.refuse_limit": LIMIT,
    "partners.limits.set_limit": APPROVER,
    "partners.limits.show_limits": APPROVER,
    "partners.onboarding.reject_application": APPLICATION,
    "partners.onboarding.show_application": APPLICATION,
    "partners.organizations.change_partner": SHOP,
    "partners.organizations.close_partner": SHOP,
    "partners.organizations.show_partner": SHOP,
    "partners.people.change_role": PERSON,
    "partners.people.confirm_role": GRANT,
    "partners.people.end_employment": PERSON,
    "partners.people.invite_again": PERSON,
    "partners.people.refuse_role": GRANT,
    "partners.people.show_person": PERSON,
    "partners.spif.answer_spifs": SHOP,
    "partners.certificates.record_certificate": SHOP,
    "partners.certificates.withdraw_certificate": SHOP,
    "partners.supply.end_supply": SUPPLY,
    "partners.supply.list_supply": SHOP,
    "partners.supply.start_supply": SHOP,
    "partners.territories.assign_territories": PERSON,
    "partners.tiers.set_tier": SHOP,
    "programs.calendar.download_sheet": Place(fixed={"code": "helmet-sprint"}),
    "programs.calendar.show_sheet": Place(fixed={"code": "helmet-sprint"}),
    "programs.ending.close_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.ending.show_closing": Place(fixed={"code": "helmet-sprint"}),
    "programs.definitions.ask_approval": PLAN,
    "programs.definitions.compare_versions": Place(fixed={"code": "helmet-sprint"}),
    "programs.definitions.discard_draft": PLAN,
    "programs.definitions.publish": PLAN,
    "programs.definitions.send_back": PLAN,
    "programs.definitions.show_draft": PLAN,
    "programs.definitions.show_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.definitions.take_back": PLAN,
    "programs.definitions.show_version": Place(fixed={"code": "helmet-sprint", "number": 1}),
    "programs.simulation.add_simulation": Place(fixed={"code": "helmet-sprint"}),
    "programs.simulation.cancel_simulation": SIMULATION,
    "programs.simulation.cancel_comparison": PAID_FILE,
    "programs.simulation.compare_progress": PAID_FILE,
    "programs.simulation.download_differences": PAID_FILE,
    "programs.simulation.download_partners": SIMULATION,
    "programs.simulation.lint_draft": PLAN,
    "programs.simulation.mend_draft": PLAN,
    "programs.simulation.show_paid_file": PAID_FILE,
    "programs.simulation.show_progress": SIMULATION,
    "programs.simulation.show_simulation": SIMULATION,
    "programs.rollouts.download_rollout": Place(fixed={"code": "helmet-sprint", "number": 1}),
    "programs.rollouts.show_rollout": Place(fixed={"code": "helmet-sprint", "number": 1}),
    "programs.enrollments.download_participants": Place(fixed={"code": "helmet-sprint"}),
    "programs.enrollments.remind_partners": Place(fixed={"code": "helmet-sprint"}),
    "programs.enrollments.show_participants": Place(fixed={"code": "helmet-sprint"}),
    "programs.enrollments.show_receipt": _row("receipt_id", "receipt", STRANGERS),
    "programs.pilots.download_groups": Place(fixed={"code": "helmet-sprint"}),
    "programs.pilots.show_groups": Place(fixed={"code": "helmet-sprint"}),
    "programs.pilots.show_pilot": Place(fixed={"code": "helmet-sprint"}),
    "programs.participation.accept_terms": Place(fixed={"code": "helmet-sprint"}),
    "programs.participation.join_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.participation.leave_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.participation.show_document": Place(fixed={"code": "helmet-sprint", "number": 1}),
    "programs.participation.show_my_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.closing.calculate_period": PERIOD,
    "programs.closing.close_period": PERIOD,
    "programs.closing.review_period": PERIOD,
    "programs.closing.show_period": PERIOD,
    "programs.closing.show_task": _row("task_id", "task"),
    "programs.exceptions.approve_exception": _row("exception_id", "exception", frozenset({"far_manager"})),
    "programs.exceptions.reject_exception": _row("exception_id", "exception", frozenset({"far_manager"})),
    "programs.target_sheets.download_sheet": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.preview_sheet": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.send_targets": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.set_targets": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.show_my_targets": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.show_sheet": Place(fixed={"code": "helmet-sprint"}),
    "programs.target_sheets.acknowledge_target": _row("notice_id", "target", PERSONAL | {"seller"}, fixed=SPRINT),
    "programs.statements.download_lines": QUARTER,
    "programs.mergers.list_mergers": SHOP,
    "programs.mergers.merge_partner": SHOP,
    "programs.mergers.split_partner": SHOP,
    "programs.mergers.undo_merger": Place({"code": "shop", "merger_id": "merger"}, STRANGERS),
    "programs.statements.list_partner_earnings": SHOP,
    "programs.statements.list_quarters": STATEMENT,
    "programs.statements.show_earning": EARNING,
    "programs.statements.download_earning": EARNING,
    "programs.statements.show_partner_statement": SHOP,
    "programs.statements.show_statement": QUARTER,
    "programs.studio.amend_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.studio.clone_program": Place(fixed={"code": "helmet-sprint"}),
    "programs.studio.edit_draft": PLAN,
    "programs.studio.start_program": Place(fixed={"stem": "spif"}),
    "programs.studio.start_version": Place(fixed={"code": "helmet-sprint"}),
    "rewards.catalog.change_reward": REWARD,
    "rewards.catalog.restore_reward": REWARD,
    "rewards.catalog.retire_reward": REWARD,
    "rewards.catalog.show_reward": REWARD,
    "rewards.catalog.stock_reward": REWARD,
    "rewards.fulfillment.approve_order": ORDER,
    "rewards.fulfillment.deliver_order": ORDER,
    "rewards.fulfillment.fulfill_order": ORDER,
    "rewards.fulfillment.refuse_order": ORDER,
    "rewards.redemption.cancel_order": ORDER,
    "rewards.redemption.order_reward": REWARD,
    "rewards.redemption.show_order": ORDER,
    "sales.imports.cancel_import": IMPORT,
    "sales.imports.confirm_import": IMPORT,
    "sales.imports.download_errors": IMPORT,
    "sales.imports.download_example": Place(fixed={"kind": "products"}),
    "sales.imports.import_progress": IMPORT,
    "sales.imports.show_import": IMPORT,
    "sales.journal.correct_sale": LINE,
    "sales.journal.reverse_sale": LINE,
    "sales.journal.show_sale": LINE,
    "sales.matching.undo_match": _row("alias_id", "alias"),
    "sales.reporting.answer_gap": REPORT,
    "sales.reporting.end_duty": DUTY,
    "sales.reporting.remind": REPORT,
    "sales.reporting.show_duty": DUTY,
    "sales.products.close_product": PRODUCT,
    "sales.products.reopen_product": PRODUCT,
    "sales.products.show_product": PRODUCT,
}


@dataclass(frozen=True)
class Address:
    """One rule and method with what stands in it."""

    method: str
    endpoint: str
    door: str
    place: Place
    own: str
    missing: str

    def open_to(self, channel: Channel, name: str) -> bool:
        """Whether the role may pass the door at all."""
        return self.door in (PUBLIC, SIGNED_IN) or allows(channel.viewers[name].role, self.door)


def rules(app: Flask) -> list[Rule]:
    """Every rule of the portal but the static files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def addresses(app: Flask, channel: Channel, method: str) -> list[Address]:
    """Every address that takes the method, filled in for the first shop's rows."""
    found = []
    with app.test_request_context():
        for rule in rules(app):
            if method in (rule.methods or ()):
                place = PLACES[rule.endpoint] if rule.arguments else Place()
                own, missing = (
                    app.url_for(rule.endpoint, **values)
                    for values in (place.arguments(channel), place.missing(channel))
                )
                door = str(door_of(app.view_functions[rule.endpoint]))
                found.append(Address(method, rule.endpoint, door, place, own, missing))
    return found
