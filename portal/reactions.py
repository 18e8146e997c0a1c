"""What happens after what: ONE table, fact -> listeners.

Facts are delivered after their transaction, at least once; every listener is safe to hear one twice. Amounts follow
new facts through the engine alone: a listener asks for a calculation, it never moves points or money itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portal.claims import expected as claims
from portal.gamification.badges import listeners as badges
from portal.notifications import listeners as tell
from portal.notifications import program_notices as programs
from portal.notifications.listeners import MailFact
from portal.programs.rollouts import listeners as rollouts
from portal.programs.runs import listeners as runs
from portal.sales.reporting import listeners as reports

Listener = Callable[[dict[str, Any]], object]

REACTIONS: dict[str, Sequence[Listener]] = {
    # people and access
    "PersonAdded": (),
    "PersonInvited": (MailFact("person_invited"),),
    "EmploymentEnded": (MailFact("employment_ended"),),
    "RoleChanged": (),
    "RoleRequested": (MailFact("role_requested", to="recipients"),),
    "LimitRequested": (MailFact("limit_requested", to="recipients"),),
    "LimitSet": (),
    "PasswordResetRequested": (MailFact("password_reset_requested"),),
    "PasswordChanged": (MailFact("password_changed"),),
    "LogInLinkRequested": (MailFact("log_in_link_requested"),),
    "JoinAsked": (MailFact("join_asked"),),
    "JoinWaits": (MailFact("join_waits", to="recipients"),),
    "JoinConfirmed": (MailFact("join_confirmed"),),
    "JoinDeclined": (MailFact("join_declined"),),
    # partners
    "ApplicationReceived": (MailFact("application_received"),),
    "ApplicationWaits": (MailFact("application_waits", to="recipients"),),
    "ApplicationApproved": (MailFact("application_approved"),),
    "ApplicationRejected": (MailFact("application_rejected"),),
    "PartnerAdded": (),
    "PartnerValuesChanged": (runs.recalculate_values, claims.look_again),
    "PartnerClosed": (),
    "PartnersMerged": (MailFact("partners_merged", to="recipients"),),
    "MergerUndone": (MailFact("merger_undone", to="recipients"),),
    "SpifAnswered": (runs.recalculate_values, claims.look_again),
    "CertificateRecorded": (runs.recalculate_values,),
    "TierChanged": (tell.tell_tier_changed, MailFact("tier_changed", to="recipients")),
    # sales
    "ActivitiesRecorded": (runs.recalculate_activities,),
    "JournalBatchConfirmed": (
        reports.count_batch,
        runs.recalculate_batch,
        runs.recalculate_everybody,
        badges.award_after_batch,
    ),
    "SellerCredited": (),
    "RatesRecorded": (runs.recalculate_rates,),
    "PricesRecorded": (runs.recalculate_prices,),
    "EndCustomersClassified": (runs.recalculate_end_customers,),
    "ProductsTagged": (runs.recalculate_tags,),
    "ReportReminded": (MailFact("report_reminded"),),
    "ReportAnswered": (),
    "NameMatched": (),
    # ledger and programs
    "AdjustmentConfirmed": (tell.tell_adjustment,),
    "ProgramPublished": (runs.recalculate_program,),
    "ProgramAnnounced": (rollouts.roll_out,),
    "VersionTold": (programs.tell_version, programs.MailEach("version_told")),
    "AnswerDayReminded": (programs.tell_answer_day, MailFact("answer_day_reminded", to="recipients")),
    "ApprovalAsked": (programs.tell_approval_asked, MailFact("approval_asked", to="recipients")),
    "DraftSentBack": (programs.tell_draft_sent_back, MailFact("draft_sent_back", to="person_id")),
    "ProgramClosed": (),
    "EarningsPosted": (badges.award_after_earnings,),
    "ProgramJoined": (runs.recalculate_values, claims.look_again),
    "ProgramLeft": (runs.recalculate_values, claims.look_again),
    "TermsAccepted": (runs.recalculate_terms, claims.look_again),
    "TermsReminded": (MailFact("terms_reminded", to="recipients"),),
    "ExceptionAsked": (),
    "ExceptionApproved": (tell.tell_adjustment,),
    "ExceptionRejected": (),
    "TargetsChanged": (runs.recalculate_targets, runs.recalculate_all_targets),
    "TargetsSent": (MailFact("targets_sent", to="recipients"),),
    "BaselinesFixed": (MailFact("baselines_fixed", to="recipients"),),
    "TargetAcknowledged": (),
    "PeriodLocked": (tell.tell_period_locked,),
    # claims
    "ClaimSubmitted": (),
    "ClaimFilingRefused": (),
    "ClaimApproved": (tell.tell_claim_approved, badges.award_after_claim, MailFact("claim_approved", to="seller_id")),
    "ClaimPartiallyApproved": (
        tell.tell_claim_approved,
        badges.award_after_claim,
        MailFact("claim_partially_approved", to="seller_id"),
    ),
    "ClaimRejected": (tell.tell_claim_rejected, MailFact("claim_rejected", to="seller_id")),
    "InformationRequested": (tell.tell_information_requested, MailFact("information_requested", to="seller_id")),
    "InformationAnswered": (tell.tell_information_answered,),
    "AnswerReminded": (tell.tell_answer_reminded, MailFact("answer_reminded", to="seller_id")),
    "ClaimLapsed": (tell.tell_claim_lapsed, MailFact("claim_lapsed", to="seller_id")),
    "ClaimReopened": (tell.tell_claim_reopened,),
    "ClaimWithdrawn": (),
    "ClaimReversed": (tell.tell_claim_reversed, MailFact("claim_reversed", to="seller_id")),
    # rewards
    "RewardOrdered": (MailFact("reward_ordered"),),
    "OrderCancelled": (tell.tell_order, MailFact("order_cancelled")),
    "OrderFulfilled": (tell.tell_order, MailFact("order_fulfilled")),
    "OrderDelivered": (tell.tell_order, MailFact("order_delivered")),
    # gamification
    "BadgeRuleSet": (badges.award_after_rule,),
    "BadgeAwarded": (tell.tell_badge,),
    "BoardConsentChanged": (),
    "TierNoticeGiven": (tell.tell_tier_notice, MailFact("tier_notice_given", to="recipients")),
}
