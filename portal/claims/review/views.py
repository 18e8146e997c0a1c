"""The queue, the claim beside its evidence, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Response, current_app, make_response, request, url_for

from portal.audit import services as audit
from portal.claims.errors import OwnClaim
from portal.claims.expected import look_again_at
from portal.claims.models import Claim
from portal.claims.queries import get_claim, lock_claim
from portal.claims.review import pages, queries, services
from portal.claims.review.queries import QueueFilter
from portal.claims.review.services import LineDecision
from portal.claims.review.slots import draw_summary
from portal.claims.submission.forms import clean_text, read_id
from portal.core.db import session, transaction
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.core.ids import digest
from portal.core.paging import clamp_page
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.flashes import tell
from portal.web.htmx import is_htmx, redirect_to
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
FILTERS = ("show", "q", "territory", "program", "age")
ACTS = ("ask", "part", "reject")
MOST_AT_ONCE = 200


@bp.get("/claims/queue")
@requires("claim:review")
def list_queue() -> Response:
    """Everything that waits for a decision, the oldest claim open."""
    return _split(None)


@bp.get("/claims/<int:claim_id>/review")
@requires("claim:review")
def review_claim(claim_id: int) -> Response:
    """One claim of the queue, its evidence beside its lines."""
    get_claim(viewer(), claim_id)
    return _split(claim_id)


def _split(claim_id: int | None, *, status: int = 200, problem: PortalError | None = None) -> Response:
    wanted = _wanted()
    shown = pages.queue_page(viewer(), wanted, claim_id, clamp_page(request.args.get("page")))
    act = request.args.get("act") or request.form.get("act", "")
    part = is_htmx() and claim_id is not None and request.method == "GET"
    return page(
        "claims/review/_claim_panes.html" if part else "claims/review/list_queue.html",
        status,
        wanted=wanted,
        act=act if act in ACTS and shown.get("may_decide") else "",
        problem=problem,
        typed=request.form,
        kept=_kept(),
        **shown,
    )


def _wanted() -> QueueFilter:
    """The queue's filters, which stay in the address from claim to claim."""
    return QueueFilter(**{name: clean_text(request.args.get(name, "")).strip()[:80] for name in FILTERS})


def _kept() -> dict[str, Any]:
    """The address's filters that say something."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


@bp.post("/claims/<int:claim_id>/take")
@requires("claim:approve")
def take_claim(claim_id: int) -> Response:
    """Tell the others that this claim is being looked at."""
    with transaction():
        services.take_claim(lock_claim(viewer(), claim_id), by=viewer())
    return redirect_to(url_for("claims.review.review_claim", claim_id=claim_id, **_kept()))


@bp.post("/claims/<int:claim_id>/approve")
@requires("claim:approve")
def approve_claim(claim_id: int) -> Response:
    """Approve every line: what was shown is posted at once."""

    def decide(claim: Claim) -> str:
        services.approve_claim(claim, by=viewer(), version=_number("version"), shown_points=_number("points"))
        return f"Claim {claim.number} approved. {claim.awarded_points or 0:,} stars posted."

    return _decide(claim_id, decide)


@bp.post("/claims/<int:claim_id>/decide")
@requires("claim:approve")
def decide_claim(claim_id: int) -> Response:
    """Decide line by line."""

    def decide(claim: Claim) -> str:
        chosen = {line.id: _line_decision(line.id) for line in claim.lines}
        services.decide_claim(claim, chosen, by=viewer(), version=_number("version"), shown_points=_number("points"))
        return f"Claim {claim.number} decided line by line. {claim.awarded_points or 0:,} stars posted."

    return _decide(claim_id, decide)


def _line_decision(line_id: int) -> LineDecision:
    verdict = request.form.get(f"verdict-{line_id}", "")
    if verdict not in ("approve", "reject"):
        raise InvalidInput("Say for every line whether it counts.", field=f"verdict-{line_id}")
    note = clean_text(request.form.get(f"note-{line_id}", ""), lines=True)
    return LineDecision(verdict == "approve", request.form.get(f"reason-{line_id}") or None, note)


@bp.post("/claims/<int:claim_id>/reject")
@requires("claim:approve")
def reject_claim(claim_id: int) -> Response:
    """Reject every line for one reason."""

    def decide(claim: Claim) -> str:
        code, note = request.form.get("reason", ""), clean_text(request.form.get("note", ""), lines=True)
        services.reject_claim(claim, reason_code=code, note=note, by=viewer(), version=_number("version"))
        return f"Claim {claim.number} rejected. The seller reads why."

    return _decide(claim_id, decide)


@bp.post("/claims/<int:claim_id>/ask")
@requires("claim:approve")
def ask_seller(claim_id: int) -> Response:
    """Ask the seller a question; the claim keeps its place."""

    def decide(claim: Claim) -> str:
        question = clean_text(request.form.get("question", ""), lines=True)
        days = current_app.extensions["settings"].answer_within_days
        services.request_information(
            claim, question=question, by=viewer(), version=_number("version"), answer_days=days
        )
        return f"Asked. Claim {claim.number} keeps its place in the queue."

    return _decide(claim_id, decide)


def _decide(claim_id: int, decide: Callable[[Claim], str]) -> Response:
    """Run one decision; afterwards the next claim opens, and a refusal shows the claim as it is now."""
    try:
        with transaction():
            claim = lock_claim(viewer(), claim_id)
            told = decide(claim)
    except OwnClaim:
        raise
    except (InvalidInput, Conflict) as refusal:
        session.rollback()
        return _split(claim_id, status=refusal.status, problem=refusal)
    tell(told, "ok")
    following = queries.find_next(viewer(), _wanted(), claim)
    if following is None:
        return redirect_to(url_for("claims.review.list_queue", **_kept()))
    return redirect_to(url_for("claims.review.review_claim", claim_id=following, **_kept()))


@bp.post("/claims/<int:claim_id>/reverse")
@requires("claim:reverse")
def reverse_claim(claim_id: int) -> Response:
    """Take an approved claim back."""
    with transaction():
        claim = lock_claim(viewer(), claim_id)
        reason = clean_text(request.form.get("reason", ""), lines=True)
        services.reverse_claim(claim, reason=reason, by=viewer(), version=_number("version"))
    tell(f"Claim {claim.number} is taken back. The seller reads why.", "ok")
    return redirect_to(url_for("claims.submission.show_claim", claim_id=claim_id))


@bp.get("/claims/queue/safe")
@requires("claim:approve")
def preview_safe() -> Response:
    """What approving the safe ones together would post, and what is left out and why."""
    return page("claims/review/preview_safe.html", kept=_kept(), **pages.safe_page(viewer(), _wanted()))


@bp.post("/claims/queue/safe")
@requires("claim:approve")
def approve_safe() -> Response:
    """Approve the chosen safe claims, each as it was shown; one that changed meanwhile is left for reading."""
    approved: list[str] = []
    refused: list[str] = []
    points = 0
    for text in request.form.getlist("claim")[:MOST_AT_ONCE]:
        try:
            number, posted = _approve_one(text)
        except PortalError as refusal:
            session.rollback()
            refused.append(refusal.sentence)
            _show_anew(text)
        else:
            approved.append(number)
            points += posted
    if approved:
        with transaction():
            after = {"count": len(approved), "points": points, "digest": digest(" ".join(approved))}
            audit.record("claims.approved_together", kind="claims", id=approved[0], after=after, actor=viewer())
        told = f"{len(approved)} claims approved together" if len(approved) > 1 else "1 claim approved"
        tell(f"{told}. {points:,} stars posted.", "ok")
    for sentence in refused[:3]:
        tell(sentence, "warn")
    return redirect_to(url_for("claims.review.list_queue", **_kept()))


def _approve_one(text: str) -> tuple[str, int]:
    """Approve one "id:version:points" of the preview in a transaction of its own."""
    claim_id, version, points = (read_id(part) for part in [*text.split(":"), "", "", ""][:3])
    if claim_id is None or version is None or points is None:
        raise InvalidInput("The list of claims was damaged on its way. Open it again.")
    with transaction():
        claim = lock_claim(viewer(), claim_id)
        services.check_safe(claim)
        services.approve_claim(claim, by=viewer(), version=version, shown_points=points)
        return claim.number, claim.awarded_points or 0


def _show_anew(text: str) -> None:
    """What was shown of a claim that was left out may be old; the list says next time what it earns now."""
    claim_id = read_id(text.partition(":")[0])
    if claim_id is not None:
        with transaction(), suppress(NotFound):
            look_again_at(viewer(), claim_id)


@bp.get("/claims/queue/count")
@requires("claim:review")
def count_waiting() -> Response:
    """How many claims the viewer can decide, for the rail."""
    return page("claims/review/_count.html", number=queries.count_decidable(viewer()))


@bp.get("/claims/queue/summary")
@requires("claim:review")
def show_summary() -> Response:
    """The queue in sentences and its age, for the home page."""
    return make_response(draw_summary(viewer()))


def _number(name: str) -> int:
    """A hidden number of the form; a page without it was not ours."""
    found = read_id(request.form.get(name))
    if found is None:
        raise InvalidInput("This page was incomplete. Look at the claim again before you decide.")
    return found
