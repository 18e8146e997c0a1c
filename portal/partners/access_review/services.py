"""Beginning a review, deciding on each account, signing off. Nobody decides on their own access."""

from __future__ import annotations

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, FourEyes, InvalidInput
from portal.partners.access_review import queries
from portal.partners.access_review.gathering import gather_everybody
from portal.partners.access_review.models import AccessReview, ReviewDecision, ReviewEntry, ReviewSignature, Verdict
from portal.partners.access_review.rules import Account, find_conflicts, quarter_of
from portal.security.viewer import Role, Viewer

LONGEST = 500


def begin_review(*, by: Viewer) -> AccessReview:
    """Take the list of all accounts as it is now, for this quarter's review."""
    quarter = quarter_of(clock.today()).name
    if queries.find_review(by, quarter) is not None:
        raise Conflict(f"The review of {quarter} has begun already. Open it to go on.")
    review = AccessReview(quarter=quarter, begun_at=clock.now(), begun_by_id=by.person_id or 0)
    session.add(review)
    session.flush()
    everybody = gather_everybody()
    conflicts = find_conflicts(everybody)
    entries = [_entry(review, one, conflicts.get(one.person_id, [])) for one in everybody.accounts]
    session.add_all(entries)
    session.flush()
    after = {"accounts": len(entries), "conflicts": sum(entry.conflict_count > 0 for entry in entries)}
    audit.record("access_review.begun", kind="access_review", id=review.id, label=quarter, after=after, actor=by)
    return review


def _entry(review: AccessReview, one: Account, conflicts: list[str]) -> ReviewEntry:
    return ReviewEntry(
        review_id=review.id, person_id=one.person_id, email=one.email, name=one.name, role=one.role.value,
        organization=one.organization, limits=_limits(one)[:400], state=one.state, last_login_at=one.last_login_at,
        conflict_count=len(conflicts), conflicts="\n".join(conflicts), must_decide=one.is_vendor or bool(conflicts),
    )  # fmt: skip


def _limits(one: Account) -> str:
    """What bounds the account: its approval limits and territories, the own organization, or nothing."""
    if one.is_vendor:
        approves = f"{one.approves[0].upper()}{one.approves[1:]}. " if one.approves else ""
        return approves + _reach(one)
    return "Own sales only" if one.role is Role.SELLER else "Own company and branches"


def _reach(one: Account) -> str:
    if one.role is Role.CHANNEL_MANAGER:
        return ", ".join(sorted(one.areas)) or "All territories"
    return "Reads everything, changes nothing" if one.role is Role.AUDITOR else "All partners"


def decide_access(review: AccessReview, entry: ReviewEntry, *, verdict: str, reason: str, by: Viewer) -> ReviewDecision:
    """Keep or remove one account's access; a conflict kept and every removal need a reason."""
    _check_open(review)
    if entry.person_id == by.person_id:
        raise FourEyes("This is your own access, so someone else must decide it.")
    if verdict not in tuple(Verdict):
        raise InvalidInput("Say whether the access is kept or removed.", field="verdict")
    text = reason.strip()
    if len(text) > LONGEST:
        raise InvalidInput(f"The reason is longer than {LONGEST} characters.", field="reason")
    if not text and verdict == Verdict.REMOVE:
        raise InvalidInput(f"Write why the access of {entry.name} is removed.", field="reason")
    if not text and entry.conflict_count:
        raise InvalidInput(f"Write why {entry.name} keeps the access in spite of the conflict.", field="reason")
    decision = ReviewDecision(
        entry_id=entry.id, verdict=verdict, reason=text, decided_at=clock.now(), decided_by_id=by.person_id or 0
    )
    session.add(decision)
    session.flush()
    audit.record(
        "access_review.decided", kind="access_review", id=review.id, label=f"{review.quarter} {entry.email}",
        after={"verdict": verdict}, reason=text or None, actor=by,
    )  # fmt: skip
    return decision


def sign_off(review: AccessReview, *, note: str, by: Viewer) -> ReviewSignature:
    """Sign a review whose decisions are all made and whose removals are carried out; nothing changes after it."""
    _check_open(review)
    progress = queries.progress_of(review)
    if progress.left:
        accounts = "account waits" if progress.left == 1 else "accounts wait"
        raise Conflict(f"{progress.left} {accounts} for a decision. Decide them first, then sign.")
    still = queries.list_removals_open(review)
    if still:
        names = ", ".join(person.name for person in still[:5])
        raise Conflict(f"{names} can still log in, although the access is to be removed. End it first, then sign.")
    if len(note.strip()) > LONGEST:
        raise InvalidInput(f"The note is longer than {LONGEST} characters.", field="note")
    signature = ReviewSignature(
        review_id=review.id, signed_at=clock.now(), signed_by_id=by.person_id or 0, note=note.strip(),
        digest=queries.digest_of(review),
    )  # fmt: skip
    session.add(signature)
    session.flush()
    after = {"accounts": progress.accounts, "removed": progress.removed, "digest": signature.digest}
    audit.record(
        "access_review.signed", kind="access_review", id=review.id, label=review.quarter, after=after,
        reason=signature.note or None, actor=by,
    )  # fmt: skip
    return signature


def _check_open(review: AccessReview) -> None:
    if queries.find_signature(review) is not None:
        raise Conflict(f"The review of {review.quarter} is signed, so it cannot be changed any more.")
