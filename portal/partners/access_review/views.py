"""The reviews of access: the list, one review, a decision on an account, the sign-off, the list as CSV."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput, PortalError
from portal.core.paging import paginate
from portal.partners.access_review import queries, services
from portal.partners.access_review.forms import DecideAccessForm, SignOffForm
from portal.partners.access_review.rules import quarter_of, rule_sentences
from portal.partners.people.queries import names_of_people
from portal.security.current import viewer
from portal.security.doors import requires
from portal.security.viewer import Role
from portal.web.downloads import send_csv
from portal.web.flashes import tell
from portal.web.htmx import redirect_to
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
KEPT = ("q", "show", "sort", "page")


@bp.get("/access-reviews")
@requires("access:review")
def list_reviews() -> Response:
    """Every quarter's review with its progress and sign-off."""
    reviews = queries.list_reviews(viewer())
    names = names_of_people(signature.signed_by_id for _, signature in reviews if signature)
    current = quarter_of(clock.today()).name
    begun = any(review.quarter == current for review, _ in reviews)
    return page(
        "partners/access_review/list_reviews.html", reviews=reviews, names=names, current=current, begun=begun,
        rules=rule_sentences(),
    )  # fmt: skip


@bp.post("/access-reviews/begin")
@requires("access:decide")
def begin_review() -> Response:
    """Take the list of all accounts as it is now."""
    with transaction():
        review = services.begin_review(by=viewer())
    return redirect_to(url_for("partners.access_review.show_review", quarter=review.quarter, show="open"))


@bp.get("/access-reviews/<quarter>")
@requires("access:review")
def show_review(quarter: str) -> Response:
    """One review: every account, what conflicts, what was decided, and the sign-off."""
    return _page(quarter)


def _page(quarter: str, *, refused: PortalError | None = None, entry_id: int | None = None) -> Response:
    review = queries.get_review(viewer(), quarter)
    state = read_list_state(sorts=tuple(queries.SORTABLE), default_sort="-conflicts", filters=("show",))
    show = state.filters["show"]
    query = queries.search_entries(review, q=state.q, show=show, sort=state.sort, descending=state.descending)
    found = paginate(session(), query, page=state.page, scalars=False)
    signature = queries.find_signature(review)
    people = [decision.decided_by_id for _, decision in found.rows if decision is not None]
    names = names_of_people([*people, review.begun_by_id, signature.signed_by_id if signature else None])
    return page(
        "partners/access_review/show_review.html", refused.status if refused else 200, review=review, state=state,
        found=found, signature=signature, names=names, progress=queries.progress_of(review), kept=_kept(),
        removals=queries.list_removals_open(review), refused=refused, refused_entry=entry_id, Role=Role,
        typed=request.form, unchanged=signature is None or signature.digest == queries.digest_of(review),
        may_decide=viewer().can("access:decide") and signature is None, rules=rule_sentences(),
    )  # fmt: skip


def _kept() -> dict[str, Any]:
    """The address's filters, which stay from decision to decision."""
    return {name: request.args[name] for name in KEPT if request.args.get(name)}


@bp.post("/access-reviews/accounts/<int:entry_id>/decide")
@requires("access:decide")
def decide_access(entry_id: int) -> Response:
    """Keep or remove the access of one account."""
    review, entry = queries.get_entry(viewer(), entry_id)
    form, quarter = DecideAccessForm(), review.quarter
    try:
        if not form.accept():
            raise InvalidInput("There is a sign in the reason that cannot be kept. Type it again.", field="reason")
        with transaction():
            review, entry = queries.get_entry(viewer(), entry_id)
            services.decide_access(
                review, entry, verdict=form.verdict.data or "", reason=form.reason.data or "", by=viewer()
            )
    except InvalidInput as refusal:
        session.rollback()
        return _page(quarter, refused=refusal, entry_id=entry_id)
    tell(f"{entry.name}: {'kept' if form.verdict.data == 'keep' else 'to be removed'}.", "ok")
    target = url_for("partners.access_review.show_review", quarter=quarter, **_kept())
    return redirect_to(f"{target}#accounts")


@bp.post("/access-reviews/<quarter>/sign")
@requires("access:decide")
def sign_off(quarter: str) -> Response:
    """Sign the review; nothing of it changes after that."""
    queries.get_review(viewer(), quarter)
    form = SignOffForm()
    try:
        if not form.accept():
            raise InvalidInput("There is a sign in the note that cannot be kept. Type it again.", field="note")
        with transaction():
            services.sign_off(queries.get_review(viewer(), quarter), note=form.note.data or "", by=viewer())
    except PortalError as refusal:
        session.rollback()
        return _page(quarter, refused=refusal)
    tell(f"The review of {quarter} is signed.", "ok")
    return redirect_to(url_for("partners.access_review.show_review", quarter=quarter))


@bp.get("/access-reviews/<quarter>/accounts.csv")
@requires("access:review")
def export_review(quarter: str) -> Response:
    """The whole list with every decision, to keep."""
    review = queries.get_review(viewer(), quarter)
    return send_csv(f"access-review-{review.quarter}.csv", queries.HEADER, queries.csv_rows(review))
