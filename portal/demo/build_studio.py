"""What the studio shows on the first day: a program with targets, one to join and one for certified sellers, all for
next quarter, a draft that waits for a second manager, two exceptions, a shop's code and the access review. Nothing of
it is posted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.demo.build_base import partners_by_code
from portal.demo.build_programs import APPROVER, WRITER, viewer
from portal.demo.calendar import add_quarters, quarter_start
from portal.demo.generate_people import LOU
from portal.ledger.services import typed_amount
from portal.partners.access.queries import make_viewer
from portal.partners.access_review.services import begin_review
from portal.partners.certificates.services import add_certificate
from portal.partners.joining.services import renew_shop_code
from portal.partners.people.models import Person
from portal.programs.definitions.approval import ask_approval
from portal.programs.definitions.drafts import get_draft
from portal.programs.definitions.queries import find_program
from portal.programs.definitions.services import publish_version, save_draft
from portal.programs.enrollments.queries import standings
from portal.programs.enrollments.services import accept_terms
from portal.programs.exceptions.services import Wanted, ask_exception, reject_exception
from portal.programs.statements.participants import get_participant
from portal.programs.target_sheets.queries import get_place, sheet_rows
from portal.programs.target_sheets.rules import Proposal
from portal.programs.target_sheets.services import send_targets
from portal.programs.targets.services import set_target
from portal.security.viewer import Role

SHOP, RIVAL = "AW00000290", "AW00000650"
REBATE = "accessories-clothing-volume"
TARGETS = {SHOP: 1300, RIVAL: 900}
QUOTA = """\
# Targets are agreed shop by shop; every shop reads and accepts the terms.
code: spring-quota
name: Spring quota
kind: bonus
goal: Forty shops agree to a target and reach it
effective: {{from: {first}, until: {until}}}
period: quarter
pay: {{in: USD}}
eligibility: {{partner_types: [reseller], territories: [Northwest, Southwest]}}
terms: >-
  Your target is the amount sent to you before the quarter begins. Returns lower what counts.
qualify: {{categories: [Accessories], flow: sell_in}}
budget: {{amount: 20000, when_reached: warn}}
hold_days: 30
components:
  - code: quota
    method: attainment
    measure: revenue
    scope: banded
    bands:
      - {{from: 80, percent: 1}}
      - {{from: 100, percent: 2}}
      - {{from: 120, percent: 3}}
"""
RACKS = """\
# Nobody has to: who joins earns from the day of joining.
code: rack-club
name: Rack club
kind: rebate
goal: Every shop that joins shows a rack on the floor
effective: {{from: {first}, until: {until}}}
period: quarter
pay: {{in: USD}}
eligibility: {{partner_types: [reseller], territories: [Northwest, Southwest]}}
enrollment: opt_in
terms: >-
  You show one rack where customers see it. You may leave at any time; what was sold until then still counts.
qualify: {{categories: [Accessories / Bike Racks], flow: sell_in}}
budget: {{amount: 10000, when_reached: warn}}
components:
  - code: racks
    method: tiered
    measure: revenue
    scope: marginal
    bands:
      - {{from: 0, percent: 2}}
      - {{from: 1000, percent: 3}}
"""
FITTERS = """\
# Paid to who can fit what is sold.
code: fitting-season
name: Fitting season
kind: spif
goal: Every helmet leaves the shop fitted
effective: {{from: {first}, until: {until}}}
period: quarter
pay: {{in: points}}
participant: seller
eligibility: {{partner_types: [reseller], territories: [Northwest, Southwest], certificates: [Helmet fitter]}}
qualify: {{categories: [Accessories / Helmets], flow: sell_out}}
budget: {{amount: 30000, when_reached: warn}}
components:
  - code: fitted
    method: per_unit
    amount: 15
"""
GLOVES = """\
# A month of gloves, paid to who sells them.
code: glove-weeks
name: Glove weeks
kind: spif
goal: Gloves leave the shop with every helmet
effective: {{from: {first}, until: {until}}}
period: campaign
pay: {{in: points}}
participant: seller
eligibility: {{partner_types: [reseller], territories: [Northwest, Southwest]}}
qualify: {{categories: [Clothing / Gloves], flow: sell_out}}
budget: {{amount: 30000, when_reached: warn}}
components:
  - code: pair
    method: per_unit
    amount: 20
"""


def build() -> None:
    """Everything through the services, each by the person whose work it is."""
    current = quarter_start(clock.today())
    following = add_quarters(current, 1)
    with transaction():
        until = add_quarters(following, 1)
        for plan in (QUOTA, RACKS, FITTERS):
            text = plan.format(first=following, until=until)
            publish_version(text, by=viewer(WRITER), approved_by=viewer(APPROVER))
    with transaction():
        _agree(following)
        _certify(clock.today())
        draft = save_draft(
            GLOVES.format(first=following, until=following + dt.timedelta(days=28)), title="First version",
            by=viewer(WRITER),
        )  # fmt: skip
        ask_approval(
            get_draft(viewer(WRITER), str(draft.id)), by=viewer(WRITER), note="Gloves are in stock again in all sizes."
        )
        _except(current)
        renew_shop_code(partners_by_code()[SHOP], by=viewer(LOU))
        begin_review(by=viewer("admin@demo.example"))


def _agree(first: dt.date) -> None:
    """Two shops have a target; one has accepted the terms, the other's admin still has to read them."""
    program, by, partners = find_program("spring-quota"), viewer(WRITER), partners_by_code()
    if program is None:
        raise LookupError("spring-quota")
    place = get_place(program, "quota", first.isoformat())
    for code, target in TARGETS.items():
        set_target("partner", partners[code].id, place.component.measured, first, Decimal(target))
    rows = [row for row in sheet_rows(by, place, Proposal()) if row.code in TARGETS]
    send_targets(place, rows, by=by)
    admin = session.scalars(
        select(Person).where(Person.partner_id == partners[RIVAL].id, Person.role == Role.PARTNER_ADMIN.value)
    ).first()
    if admin is None:
        return
    terms = standings(partners[RIVAL].id, [program.id])[program.id].terms
    if terms is not None:
        accept_terms(program, partners[RIVAL], accepted=terms.digest, by=make_viewer(admin))


def _certify(today: dt.date) -> None:
    """Two of the shop's sellers may fit helmets, one of them not for long; the shop itself is a service center."""
    shop = partners_by_code()[SHOP]
    since = today - dt.timedelta(days=345)
    add_certificate(shop, None, "Service center", valid_from=since, by=viewer(WRITER))
    query = select(Person).where(Person.partner_id == shop.id, Person.role == Role.SELLER.value).order_by(Person.id)
    ends = (today + dt.timedelta(days=20), today + dt.timedelta(days=400))
    for person, until in zip(session.scalars(query), ends, strict=False):
        add_certificate(shop, person, "Helmet fitter", valid_from=since, valid_until=until, by=viewer(WRITER))


def _except(current: dt.date) -> None:
    """One exception waits for a second person, one was rejected with a note."""
    program, by = find_program(REBATE), viewer(WRITER)
    if program is None:
        raise LookupError(REBATE)
    who = get_participant(by, RIVAL)
    late = Wanted(typed_amount("25.00", program.unit), clock.today(), "Agreed in May: two orders were booked late.")
    ask_exception(program, current, who, late, by=by)
    goodwill = Wanted(typed_amount("120.00", program.unit), clock.today(), "Goodwill for a slow start.")
    refused = ask_exception(program, current, who, goodwill, by=by)
    session.flush()
    reject_exception(refused, program, note="A slow start is no reason; the scale is the same for all.",
                     by=viewer(APPROVER))  # fmt: skip
