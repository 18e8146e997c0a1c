"""What the pages of filing and following show, gathered as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal.claims.models import Claim, ClaimState, Severity
from portal.claims.outlook import preview_claim, preview_products
from portal.claims.queries import names_of, visible_ids
from portal.claims.reach import Reach
from portal.claims.rules import PAID, WAITING, is_lapsed, reopen_until
from portal.claims.shown import LineShown, find_question, show_findings, show_history, show_lines, show_names
from portal.claims.submission.files import MAX_BYTES
from portal.claims.submission.program_goods import ProgramGoods
from portal.claims.submission.queries import list_prices, sellers_for
from portal.claims.validation.services import find_findings
from portal.core import clock
from portal.core.db import session
from portal.core.money import POINTS
from portal.partners.people.models import Person
from portal.sales.products.queries import search_products
from portal.security.viewer import PARTNER_ROLES, Role, Viewer


def blank_claim(viewer: Viewer) -> Claim:
    """A claim that is stored only once something is typed."""
    seller_id = viewer.person_id if viewer.role in PARTNER_ROLES else None
    return Claim(
        seller_id=seller_id,
        entered_by_id=viewer.person_id,
        partner_id=viewer.partner_id,
        sold_on=clock.today(),
        currency="",
        state=ClaimState.DRAFT,
        lines=[],
        files=[],
        steps=[],
    )


def draft_page(
    viewer: Viewer,
    claim: Claim,
    *,
    problems: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    q: str = "",
    goods: ProgramGoods | None = None,
) -> dict[str, Any]:
    """Everything the filing page shows; what was typed wrongly stays in its field. `goods` are offered at once."""
    problems = dict(problems or {})
    found = find_findings(claim) if claim.id else []
    early = [finding for finding in found if finding.severity is Severity.ERROR and not finding.missing]
    for finding in early:
        problems.setdefault(finding.field or "form", finding.sentence)
    twins = visible_ids(viewer, (finding.twin_claim_id for finding in early))
    links = {f.field: f.twin_claim_id for f in early if f.twin_claim_id in twins}
    lines, points = _lines_ahead(claim)
    kept = _kept(typed or {}, problems, lines)
    return {
        "claim": claim,
        "lines": lines,
        "points": points,
        "problems": problems,
        "links": links,
        "kept": kept,
        "disputes": [finding.sentence for finding in found if finding.rule == "serial_dispute"],
        "question": find_question(claim) if claim.state == ClaimState.INFO_REQUESTED else None,
        "answer": (typed or {}).get("answer", ""),
        "max_mb": MAX_BYTES // 1048576,
        "today": clock.today(),
        **_who(viewer, claim, typed or {}),
        **products_found(claim, q, goods),
    }


def _kept(typed: Mapping[str, str], problems: dict[str, str], lines: list[LineShown]) -> dict[str, str]:
    """What was typed into fields with a problem; a line's problems go by its position, its fields by its id."""
    wrong = set(problems)
    for line in lines:
        wrong |= {f"quantity-{line.id}"} if f"line-{line.position}" in problems else set()
        wrong |= {f"serial-{line.id}"} if f"serial-{line.position}" in problems else set()
    return {name: value for name, value in typed.items() if name in wrong}


def _lines_ahead(claim: Claim) -> tuple[list[LineShown], int]:
    if not claim.lines:
        return [], 0
    outlook = preview_claim(claim, claim.lines)
    lines = [
        replace(line, points=ahead.points, reason=ahead.reason or "")
        for line, ahead in zip(show_lines(claim), outlook.lines, strict=True)
    ]
    return lines, outlook.points


def _who(viewer: Viewer, claim: Claim, typed: Mapping[str, str]) -> dict[str, Any]:
    """Whom the claim is for, when the viewer may file for others."""
    if viewer.role is Role.SELLER:
        return {"sellers": [], "seller_email": None, "seller_typed": None}
    if viewer.role is Role.PARTNER_ADMIN:
        people = session.scalars(sellers_for(viewer).order_by(Person.name)).all()
        chosen = next((p.email for p in people if p.id == claim.seller_id), viewer.email)
        return {"sellers": [(p.email, p.name) for p in people], "seller_email": chosen, "seller_typed": None}
    seller = session.get(Person, claim.seller_id) if claim.seller_id else None
    return {
        "sellers": [],
        "seller_email": None,
        "seller_typed": typed.get("seller") or (seller.email if seller else ""),
    }


def products_found(claim: Claim, q: str, goods: ProgramGoods | None = None) -> dict[str, Any]:
    """The products that match what is typed (else those of a program), with what one of each would earn."""
    goods = None if q else goods
    products = search_products(q) if q else goods.products if goods else []
    ahead = {}
    if products and claim.seller_id and claim.partner_id:
        day = claim.sold_on or clock.today()
        prices = list_prices({product.id for product in products}, day)
        asked = {product.id: prices.get(product.id, 0) for product in products}
        ahead = preview_products(claim.seller_id, claim.partner_id, day, asked, claim.currency or "USD")
    return {"q": q, "goods": goods, "products": [(product, ahead.get(product.id)) for product in products]}


def claim_page(viewer: Viewer, claim: Claim) -> dict[str, Any]:
    """Everything the page of one claim shows."""
    names = show_names(claim)
    twins = visible_ids(viewer, (finding.twin_claim_id for finding in claim.findings))
    own = viewer.person_id in (claim.seller_id, claim.entered_by_id)
    copied = names_of(Claim, [claim.copied_from_id] if visible_ids(viewer, [claim.copied_from_id]) else [])
    return {
        "claim": claim,
        "today": clock.today(),
        "names": names,
        "lines": show_lines(claim),
        "findings": show_findings(viewer, claim.findings, twins),
        "history": show_history(claim.steps, names),
        "explained": [tuple(place.split("/")) for place in claim.posted_in.split()],
        "question": find_question(claim) if claim.state == ClaimState.INFO_REQUESTED else None,
        "copied_from": copied.get(claim.copied_from_id or 0),
        "may_edit": own and claim.state in (ClaimState.DRAFT, ClaimState.INFO_REQUESTED),
        "may_withdraw": own and claim.state in (ClaimState.DRAFT, *WAITING),
        "reopen_until": reopen_until(claim.lapsed_on) if claim.lapsed_on and _lapsed(claim) else None,
        "may_reopen": own and viewer.can("claim:file") and _lapsed(claim) and _in_time(claim),
        "may_copy": own and viewer.can("claim:file"),
        "may_review": viewer.can("claim:review") and claim.state in WAITING,
        "above": Reach(viewer, [claim.id]).why_above(claim, {POINTS: claim.awarded_points or 0}),
        "may_reverse": viewer.can("claim:reverse") and not own and claim.state in PAID,
    }


def _lapsed(claim: Claim) -> bool:
    return is_lapsed(claim.state, claim.lapsed_on)


def _in_time(claim: Claim) -> bool:
    return claim.lapsed_on is not None and clock.today() <= reopen_until(claim.lapsed_on)
