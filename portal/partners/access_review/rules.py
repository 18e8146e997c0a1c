"""Which accounts stand against the separation of duties: small pure rules in one list, each with its sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.security.viewer import Role

IDLE_DAYS = 90
SHARED_NAMES = frozenset({
    "accounting", "accounts", "admin", "billing", "contact", "finance", "hello", "helpdesk", "info", "mail",
    "marketing", "office", "orders", "reception", "sales", "service", "shop", "staff", "store", "support", "team",
    "workshop",
})  # fmt: skip
EVERYWHERE = "the whole channel"


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter, called 2026-Q4."""

    start: dt.date

    @property
    def name(self) -> str:
        """How addresses and lists write it."""
        return f"{self.start.year}-Q{(self.start.month + 2) // 3}"

    @property
    def previous(self) -> Quarter:
        """The quarter before."""
        return quarter_of(self.start - dt.timedelta(days=1))


def quarter_of(day: dt.date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1))


@dataclass(frozen=True)
class Account:
    """One account as the rules see it. `approvals` counts what it approved within the last 90 days, `areas` are the
    territories of a channel manager, `approves` its approval limits in words."""

    person_id: int
    email: str
    name: str
    role: Role
    organization: str
    state: str
    created_at: dt.datetime
    last_login_at: dt.datetime | None
    live_sessions: int = 0
    approvals: int = 0
    areas: frozenset[str] = frozenset()
    approves: str = ""

    @property
    def is_vendor(self) -> bool:
        """Whether the account is one of ours."""
        return not self.organization

    @property
    def mailbox(self) -> str:
        """Where mail to the address arrives: what follows a plus sign is a note of its owner."""
        local, _, domain = self.email.lower().partition("@")
        return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True)
class Everybody:
    """All accounts at once, with what the rules count among them."""

    accounts: tuple[Account, ...]
    now: dt.datetime
    territories: frozenset[str]

    def active(self, role: Role) -> list[Account]:
        """The accounts of a role that may log in."""
        return [one for one in self.accounts if one.role is role and one.state == "active"]


Rule = Callable[[Everybody], Iterator[tuple[int, str]]]


def admins_who_approve(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """An admin sets up people and settings and approves nothing."""
    for one in everybody.accounts:
        if one.role is Role.ADMIN and one.approvals:
            times = f"{one.approvals} time{'' if one.approvals == 1 else 's'}"
            yield one.person_id, f"An admin who approved {times} within {IDLE_DAYS} days."


def only_approvers(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """Who drafts or enters needs somebody else who can approve it."""
    managers = everybody.active(Role.CHANNEL_MANAGER)
    for one in managers:
        others = [other for other in managers if other.person_id != one.person_id]
        covered = frozenset().union(*(other.areas or everybody.territories for other in others)) if others else None
        alone = (one.areas or everybody.territories) - covered if covered is not None else one.areas or {EVERYWHERE}
        if alone:
            where = ", ".join(sorted(alone)[:3]) + (f" and {len(alone) - 3} more" if len(alone) > 3 else "")
            yield one.person_id, f"Drafts and enters claims as the only one who can approve them in {where}."
    officers = everybody.active(Role.FINANCE)
    if len(officers) == 1:
        yield officers[0].person_id, "Proposes adjustments as the only one who can confirm them."


def shared_addresses(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """An account belongs to one human."""
    boxes = Counter(one.mailbox for one in everybody.accounts)
    for one in everybody.accounts:
        if boxes[one.mailbox] > 1:
            yield one.person_id, f"Shares the mailbox {one.mailbox} with another account."
        elif one.mailbox.partition("@")[0] in SHARED_NAMES and not _is_called_so(one):
            yield one.person_id, f"{one.email} looks like an address that several people read."


def _is_called_so(one: Account) -> bool:
    """A one-word mailbox that the person's own name explains is nobody else's."""
    return one.mailbox.partition("@")[0] in one.name.lower().split()


def both_sides(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """Nobody decides for us and is paid by a partner."""
    ours = {one.name.casefold() for one in everybody.accounts if one.is_vendor}
    theirs = {one.name.casefold(): one for one in everybody.accounts if not one.is_vendor}
    for one in everybody.accounts:
        if one.is_vendor and (twin := theirs.get(one.name.casefold())):
            yield one.person_id, f"Somebody of the same name has an account at {twin.organization} ({twin.email})."
        elif not one.is_vendor and one.name.casefold() in ours:
            yield one.person_id, "Somebody of the same name has an account with us."


def ended_with_session(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """Who has left cannot be logged in."""
    for one in everybody.accounts:
        if one.state == "ended" and one.live_sessions:
            sessions = f"{one.live_sessions} session{'' if one.live_sessions == 1 else 's'}"
            yield one.person_id, f"Employment has ended and {sessions} still live."


def idle_vendor_accounts(everybody: Everybody) -> Iterator[tuple[int, str]]:
    """An account of ours that nobody uses is a door that nobody watches."""
    for one in everybody.accounts:
        if not one.is_vendor or one.state != "active":
            continue
        days = (everybody.now - (one.last_login_at or one.created_at)).days
        if days >= IDLE_DAYS:
            since = (
                f"No log-in for {days:,} days." if one.last_login_at else f"Never logged in, added {days:,} days ago."
            )
            yield one.person_id, since


RULES: tuple[Rule, ...] = (
    admins_who_approve, only_approvers, shared_addresses, both_sides, ended_with_session, idle_vendor_accounts,
)  # fmt: skip


def find_conflicts(everybody: Everybody) -> dict[int, list[str]]:
    """The sentences of every rule, by person."""
    found: dict[int, list[str]] = {}
    for check in RULES:
        for person_id, sentence in check(everybody):
            found.setdefault(person_id, []).append(sentence)
    return found


def rule_sentences() -> list[str]:
    """What the rules hold, each in a sentence, for the page that names them."""
    return [(check.__doc__ or "").strip() for check in RULES]
