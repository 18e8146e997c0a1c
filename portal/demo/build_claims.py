"""The seeded claims, filed and decided through the services at their own moments."""

from __future__ import annotations

import datetime as dt

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


class ClaimHistory:
    """The seeded claims, each filed and decided at its own moment, in step with the journal."""

    def __init__(self, channel: DemoChannel, settings: Settings) -> None:
        self._settings = settings
        self._filed: dict[str, int] = {}
        acts = [(seed.submitted_at, seed, self._file) for seed in channel.claims()]
        acts += [(seed.decided_at, seed, self._decide) for seed in channel.claims() if seed.decided_at is not None]
        self._waiting = sorted(acts, key=lambda act: (act[0], act[1].key, act[2] == self._decide))

    def advance(self, until: dt.datetime) -> None:
        """Do what happened up to a moment and has not been done yet."""
        while self._waiting and self._waiting[0][0] <= until:
            moment, seed, act = self._waiting.pop(0)
            with clock.frozen(moment), transaction():
                act(seed)

    def _file(self, seed: Seed) -> None:
        number = _file(seed, self._settings)
        self._filed[seed.key] = number
        if seed.state == "in_review":
            review.take_claim(lock_claim(SYSTEM, number), by=viewer("manager2@demo.example"))

    def _decide(self, seed: Seed) -> None:
        _decide(seed, self._filed[seed.key])


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
