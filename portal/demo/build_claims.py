"""The seeded claims, filed and decided through the services at their own moments."""

from __future__ import annotations

from sqlalchemy import select

from portal.claims.queries import lock_claim
from portal.claims.review import services as review
from portal.claims.submission import drafting
from portal.claims.submission import services as submission
from portal.config import Settings
from portal.core import clock
from portal.core.db import session, transaction
from portal.demo.build_programs import viewer
from portal.demo.channel import DemoChannel
from portal.demo.documents import evidence
from portal.demo.generate_claims import Claim as Seed
from portal.partners.people.models import Person
from portal.partners.people.queries import find_person_by_email
from portal.sales.products.models import Product
from portal.security.viewer import SYSTEM


def build(channel: DemoChannel, settings: Settings) -> None:
    """File every seeded claim, oldest first, and decide those that are decided."""
    for seed in channel.claims():
        with clock.frozen(seed.submitted_at), transaction():
            claim_id = _file(seed, settings)
        if seed.decided_at is not None:
            with clock.frozen(seed.decided_at), transaction():
                _decide(seed, claim_id)
        elif seed.state == "in_review":
            with clock.frozen(seed.submitted_at), transaction():
                review.take_claim(lock_claim(SYSTEM, claim_id), by=viewer("manager2@demo.example"))


def _person(email: str) -> Person:
    person = find_person_by_email(email)
    if person is None:
        raise LookupError(email)
    return person


def _file(seed: Seed, settings: Settings) -> int:
    by = viewer(seed.entered_by or seed.seller)
    claim = submission.start_draft(seller=_person(seed.seller), by=by)
    for line in seed.lines:
        product = session.scalars(select(Product).where(Product.sku == line.sku)).one()
        drafting.add_line(claim, product, quantity=line.quantity, serial_no=line.serial_no or None)
    drafting.save_draft(claim, drafting.Typed(invoice_no=seed.invoice_no, sold_on=seed.sold_on.isoformat()))
    submission.attach_file(claim, name=seed.file, content=evidence(seed), folder=settings.files_dir, by=by)
    submission.submit_claim(claim, by=by)
    return claim.id


def _decide(seed: Seed, claim_id: int) -> None:
    claim = lock_claim(SYSTEM, claim_id)
    by = viewer(seed.decided_by)
    if seed.state == "approved":
        review.approve_claim(claim, by=by, version=claim.version, shown_points=claim.expected_points or 0)
    elif seed.state == "info_requested":
        review.request_information(claim, question=seed.note, by=by, version=claim.version)
