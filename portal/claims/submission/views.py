"""Filing on a phone, following a claim, and the evidence of it."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, make_response, request, url_for

from portal.claims import lapse
from portal.claims.errors import ClaimIncomplete
from portal.claims.models import Claim, ClaimState
from portal.claims.queries import find_claim, get_claim, lock_claim
from portal.claims.rules import EDITABLE
from portal.claims.submission import pages, queries, services
from portal.claims.submission.drafting import add_line as add_product
from portal.claims.submission.drafting import change_seller, copy_lines, save_draft
from portal.claims.submission.drafting import remove_line as drop_line
from portal.claims.submission.files import MAX_BYTES, discard
from portal.claims.submission.forms import clean_text, read_id, read_typed
from portal.claims.submission.program_goods import goods_of
from portal.claims.submission.slots import draw_recent
from portal.core.db import session, transaction
from portal.core.errors import PortalError
from portal.core.paging import paginate
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import get_partner
from portal.security.current import viewer
from portal.security.doors import requires
from portal.web.downloads import send_stored_file
from portal.web.flashes import tell
from portal.web.htmx import is_htmx, partial_or_page, redirect_to, unchanged
from portal.web.lists import read_list_state
from portal.web.pages import page
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)
TASK = "claims/submission/edit_claim.html"
ANSWER = "claims/submission/_draft_answer.html"


@bp.get("/claims")
@requires("claim:read")
def list_claims() -> Response:
    """The viewer's claims, newest first."""
    state = read_list_state(filters=("state",))
    query = queries.search_claims(viewer(), q=state.q, state=state.filters["state"])
    found = paginate(session(), query, page=state.page, scalars=False)
    return page("claims/submission/list_claims.html", state=state, found=found, counts=queries.count_claims(viewer()))


@bp.get("/partners/<code>/claims")
@requires("claim:read")
def list_partner_claims(code: str) -> Response:
    """The claims of one partner: a tab of its page."""
    partner = get_partner(viewer(), code)
    state = read_list_state(filters=("state",))
    query = queries.search_claims(viewer(), q=state.q, state=state.filters["state"], partner_id=partner.id)
    found = paginate(session(), query, page=state.page, scalars=False)
    whole = "claims/submission/list_partner_claims.html"
    return partial_or_page("claims/submission/_claims.html", whole, state=state, found=found, partner=partner)


@bp.get("/claims/new")
@requires("claim:file")
def new_claim() -> Response:
    """Write a new claim, or go on with the draft that is open."""
    draft = queries.find_open_draft(viewer())
    claim = get_claim(viewer(), draft.id) if draft else pages.blank_claim(viewer())
    goods = goods_of(viewer(), clean_text(request.args.get("program", ""))[:80])
    return page(TASK, **pages.draft_page(viewer(), claim, q=clean_text(request.args.get("q", "")), goods=goods))


@bp.get("/claims/<int:claim_id>/edit")
@requires("claim:file")
def edit_claim(claim_id: int) -> Response:
    """Go on with a draft, or answer a question."""
    claim = get_claim(viewer(), claim_id)
    if claim.state not in EDITABLE:
        return redirect_to(url_for("claims.submission.show_claim", claim_id=claim_id))
    services.check_editable(claim, viewer())
    return page(TASK, **pages.draft_page(viewer(), claim, q=clean_text(request.args.get("q", ""))))


@bp.get("/claims/products")
@requires("claim:file")
def search_products() -> Response:
    """Products while typing, with what one of each would earn."""
    q = clean_text(request.args.get("q", "")).strip()
    if not is_htmx():
        return redirect_to(url_for("claims.submission.new_claim", q=q or None))
    claim_id = read_id(request.args.get("claim_id"))
    claim = (find_claim(viewer(), claim_id) if claim_id else None) or pages.blank_claim(viewer())
    return page("claims/submission/_products.html", **pages.products_found(claim, q))


@bp.post("/claims/draft/save")
@requires("claim:file")
def save_claim() -> Response:
    """Keep what was typed, and the photo that was taken; with script every button of the form arrives here."""
    for name, act in {"add": add_line, "remove": remove_line, "detach": remove_file, "submit": submit_claim}.items():
        if name in request.form:
            return act()
    with transaction():
        claim, problems = _keep()
    return _answer(claim, problems, q="" if is_htmx() else clean_text(request.form.get("q", "")).strip())


@bp.post("/claims/draft/add")
@requires("claim:file")
def add_line() -> Response:
    """Add a product to the draft."""
    with transaction():
        claim, problems = _keep()
        typed = clean_text(request.form.get("add") or request.form.get("q", "")).strip()
        try:
            add_product(claim, queries.get_product(typed))
        except PortalError as refusal:
            problems["q"] = refusal.sentence
    return _answer(claim, problems, q=typed if "q" in problems else "", lines=True)


@bp.post("/claims/draft/remove")
@requires("claim:file")
def remove_line() -> Response:
    """Take a line off the draft."""
    with transaction():
        claim, problems = _keep()
        drop_line(claim, read_id(request.form.get("remove")) or 0)
    return _answer(claim, problems, lines=True)


@bp.post("/claims/draft/detach")
@requires("claim:file")
def remove_file() -> Response:
    """Take a photo off the draft, to take a better one."""
    with transaction():
        claim, problems = _keep()
        names = services.remove_file(claim, read_id(request.form.get("detach")) or 0, by=viewer())
        session.flush()
    discard(_folder(), *names)
    return _answer(claim, problems)


@bp.post("/claims/draft/submit")
@requires("claim:file")
def submit_claim() -> Response:
    """File the draft, or send the answer; what was typed is kept even when it is refused."""
    with transaction():
        claim, problems = _keep()
    if not problems:
        try:
            return _file(claim.id)
        except ClaimIncomplete as refusal:
            session.rollback()
            problems = refusal.by_field
        except PortalError as refusal:
            session.rollback()
            problems = {refusal.field or "form": refusal.sentence}
    return _answer(claim, problems, refused=True)


def _file(claim_id: int) -> Response:
    with transaction():
        claim = lock_claim(viewer(), claim_id)
        if claim.state == ClaimState.INFO_REQUESTED:
            answer = clean_text(request.form.get("answer", ""), lines=True)
            services.answer_request(claim, answer=answer, by=viewer())
            told = "Your answer is on its way. The claim kept its place."
        else:
            services.submit_claim(claim, by=viewer())
            told = f"Claim {claim.number} is filed. {claim.expected_points:,} stars when approved."
    tell(told, "ok")
    return redirect_to(url_for("claims.submission.show_claim", claim_id=claim_id))


@bp.get("/claims/<int:claim_id>")
@requires("claim:read")
def show_claim(claim_id: int) -> Response:
    """One claim: its lines, what they earned and why, the evidence, its history."""
    claim = get_claim(viewer(), claim_id)
    return page("claims/submission/show_claim.html", **pages.claim_page(viewer(), claim))


@bp.post("/claims/<int:claim_id>/withdraw")
@requires("claim:file")
def withdraw_claim(claim_id: int) -> Response:
    """Take a claim back before it is decided."""
    with transaction():
        claim = lock_claim(viewer(), claim_id)
        was_draft = claim.state == ClaimState.DRAFT
        services.withdraw_claim(claim, by=viewer())
    tell("The draft is gone." if was_draft else f"Claim {claim.number} is withdrawn.", "ok")
    return redirect_to(url_for("claims.submission.new_claim" if was_draft else "claims.submission.list_claims"))


@bp.post("/claims/<int:claim_id>/reopen")
@requires("claim:file")
def reopen_claim(claim_id: int) -> Response:
    """Take a lapsed claim up again, to answer its question after all."""
    with transaction():
        claim = lock_claim(viewer(), claim_id)
        lapse.reopen_claim(claim, by=viewer(), answer_days=current_app.extensions["settings"].answer_within_days)
    tell(f"Claim {claim.number} is open again. Answer the question to send it back.", "ok")
    return redirect_to(url_for("claims.submission.edit_claim", claim_id=claim_id))


@bp.post("/claims/<int:claim_id>/copy")
@requires("claim:file")
def copy_claim(claim_id: int) -> Response:
    """Start a new draft with the same products."""
    with transaction():
        source = lock_claim(viewer(), claim_id)
        services.check_may_copy(source, by=viewer())
        seller = queries.get_seller(viewer(), services.email_of(source.seller_id))
        draft = services.start_draft(seller=seller, by=viewer(), copied_from=source)
        copy_lines(source, draft)
    return redirect_to(url_for("claims.submission.edit_claim", claim_id=draft.id))


@bp.get("/claims/<int:claim_id>/files/<int:file_id>")
@requires("claim:read")
def download_file(claim_id: int, file_id: int) -> Response:
    """The evidence as it was sent, to keep; never opened by the browser."""
    file = queries.get_file(viewer(), claim_id, file_id)
    return send_stored_file(_folder() / file.stored_name, name=file.name, content_type=file.content_type)


@bp.get("/claims/<int:claim_id>/files/<int:file_id>/preview")
@requires("claim:read")
def show_preview(claim_id: int, file_id: int) -> Response:
    """The picture as this portal drew it anew, for looking at."""
    file = queries.get_file(viewer(), claim_id, file_id)
    return send_stored_file(_folder() / file.preview_name, name="preview.jpg", content_type="image/jpeg", inline=True)


@bp.get("/claims/recent")
@requires("claim:read")
def list_recent_claims() -> Response:
    """The newest claims for the home page."""
    return make_response(draw_recent(viewer()))


@bp.get("/claims/needs-me")
@requires("claim:file")
def show_needs_me() -> Response:
    """What waits for the viewer: questions to answer and a draft to finish; 204 when nothing does."""
    asked, draft = queries.find_asked(viewer()), queries.find_open_draft(viewer())
    if asked is None and draft is None:
        return unchanged()
    return page("claims/submission/_needs_me.html", asked=asked, draft=draft)


@bp.get("/claims/count")
@requires("claim:file")
def count_open() -> Response:
    """How many of the viewer's own claims are open, for the rail."""
    number = queries.count_claims(viewer()).get("waiting", 0)
    return page("claims/submission/_count.html", number=number)


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files_dir
    return folder


def _keep() -> tuple[Claim, dict[str, str]]:
    """Find or start the draft of the posted form and save what was typed; problems by field."""
    claim_id = read_id(request.form.get("claim_id"))
    email = clean_text(request.form.get("seller", "")) or None
    if claim_id is None and (open_draft := queries.find_open_draft(viewer())):
        claim_id = open_draft.id
    if claim_id is None:
        claim = services.start_draft(seller=queries.get_seller(viewer(), email), by=viewer())
    else:
        claim = lock_claim(viewer(), claim_id)
        services.check_editable(claim, viewer())
    problems = save_draft(claim, read_typed(request.form))
    try:
        if email and claim_id is not None and claim.state == ClaimState.DRAFT:
            seller = queries.get_seller(viewer(), email)
            change_seller(claim, seller, session.get_one(Partner, seller.partner_id).currency)
        photo = request.files.get("photo")
        if photo and photo.filename:
            content = photo.stream.read(MAX_BYTES + 1)
            services.attach_file(claim, name=photo.filename, content=content, folder=_folder(), by=viewer())
    except PortalError as refusal:
        problems[refusal.field or "form"] = refusal.sentence
    if not problems:
        services.note_early_twin(claim, by=viewer())
    return claim, problems


def _answer(
    claim: Claim, problems: dict[str, str], *, q: str = "", lines: bool = False, refused: bool = False
) -> Response:
    """After a change of the draft: the parts that differ for htmx, the whole page for everybody else."""
    if not is_htmx() and not problems:
        return redirect_to(url_for("claims.submission.edit_claim", claim_id=claim.id, q=q or None))
    shown = pages.draft_page(viewer(), get_claim(viewer(), claim.id), problems=problems, typed=request.form, q=q)
    if not is_htmx():
        return page(TASK, 422, **shown)
    response = page(ANSWER, 422 if problems else 200, lines_too=lines, refused=refused, **shown)
    response.headers["HX-Replace-Url"] = url_for("claims.submission.edit_claim", claim_id=claim.id)
    return response
