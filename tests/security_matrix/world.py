"""A small channel with one row of everything that has an address, all of the first shop, and everybody who may ask."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.claims.queries import lock_claim
from portal.claims.review import services as review
from portal.core import clock
from portal.core.db import session, transaction
from portal.gamification.badges.services import load_badges
from portal.gamification.levels.services import load_tiers
from portal.ledger.adjustments import adjust, propose_adjustment
from portal.ledger.models import LedgerEntry
from portal.ledger.queries import get_owner
from portal.notifications.services import notify
from portal.partners.access.models import UserSession
from portal.partners.access.sessions import start_session
from portal.partners.access_review.models import AccessReview, ReviewEntry
from portal.partners.access_review.services import begin_review
from portal.partners.joining.models import JoinRequest
from portal.partners.joining.services import renew_shop_code
from portal.partners.limits.services import set_limit
from portal.partners.mergers.services import record_merger
from portal.partners.onboarding.services import apply_for_partnership
from portal.partners.people.grants import request_role
from portal.partners.people.models import Person
from portal.partners.supply.services import start_supply
from portal.partners.territories.services import assign_territories, ensure_territory
from portal.programs.definitions.drafts import write_draft
from portal.programs.definitions.models import Program, ProgramDraft
from portal.programs.rollouts.models import Rollout
from portal.programs.rollouts.services import begin_rollout
from portal.programs.simulation.jobs import run_simulation
from portal.programs.simulation.reconciling.services import start_comparison
from portal.programs.simulation.services import start_simulation
from portal.programs.simulation.spans import Span
from portal.sales.imports.jobs import check_import
from portal.sales.imports.services import Request, create_import
from portal.sales.journal.models import SaleLine
from portal.sales.matching.services import match_name
from portal.sales.reporting.services import add_duty
from portal.security.limits.rules import Kind, Limit
from portal.security.viewer import Role, Viewer
from tests.claims.world import PRODUCTS, SPRINT, World, draft_claim, file_claim, make_world
from tests.gamification.field import BADGES, TIERS
from tests.partners.joiners import wait_to_join
from tests.people import Cast, add_member, viewer_of
from tests.rewards.shelf import add, order
from tests.security_matrix.partaking import add_partaking

SALES = """external_id,partner,sku,quantity,amount,currency,sold_on,invoice_no,seller,serial_no,flow
T-1,AW00000290,HL-U509,2,69.98,USD,2026-11-10,FB-900,seller@demo.example,,sell_out
T-2,AW00000290,NO-SUCH,1,5.00,USD,2026-11-10,FB-901,,,sell_out
T-3,AW00000290,HL-U509,one,5.00,USD,2026-11-10,FB-902,,,sell_out
"""


@dataclass(frozen=True)
class Channel:
    """Everybody who may ask, and the numbers that stand in addresses; every row is the first shop's."""

    viewers: dict[str, Viewer]
    numbers: dict[str, int | str]
    sku: str = next(iter(PRODUCTS))


def make_channel(folder: Path) -> Channel:
    """Build it on the bound database; uploads go below `folder`."""
    world = make_world(folder / "files")
    cast = world.cast
    numbers: dict[str, int | str] = {}
    people = _people(cast)
    numbers.update(_claims(world))
    numbers.update(_shelf(cast))
    numbers.update(_desk(cast, folder))
    numbers.update(_found(cast))
    numbers["merger"] = _agreed_merger(cast)
    numbers["joiner"] = _joiner(cast)
    numbers.update(add_partaking(cast))
    viewers = {name: viewer_of(get_by_email(email)) for name, email in people.items()}
    with transaction():
        numbers["paid_file"] = start_comparison("paid.csv", "0" * 64, [], [], by=viewers["finance"]).id
    _roll_out(cast)
    numbers["simulation"] = _what_if(int(numbers["draft"]), viewers["channel_manager"])
    session.rollback()
    return Channel(viewers, numbers)


def _roll_out(cast: Cast) -> None:
    """The first version of a program is announced, with the figures of everybody."""
    with transaction():
        begin_rollout("helmet-sprint", 1, [cast.partner_admin.id], "Helmet sprint is new.")
        number = session.scalars(select(Rollout.simulation_id)).one()
    assert number is not None
    assert run_simulation(number)


def _what_if(draft_id: int, manager: Viewer) -> int:
    """A what-if of the draft that waits for the worker."""
    with transaction():
        draft = session.get_one(ProgramDraft, draft_id)
        program = session.get_one(Program, draft.program_id)
        span = Span(dt.date(2026, 9, 1), dt.date(2026, 10, 1))
        return start_simulation(program, draft.source_text, draft.title, span, by=manager, draft_id=draft_id).id


def get_by_email(email: str) -> Person:
    """A person as the database knows it now."""
    return session.scalars(select(Person).where(Person.email == email)).one()


def _agreed_merger(cast: Cast) -> int:
    """The rival becomes part of the first shop, in half a year."""
    by = viewer_of(cast.channel_manager)
    day = clock.today() + dt.timedelta(days=180)
    with transaction():
        return record_merger(cast.rival_shop, cast.shop, valid_from=day, reason="One owner", by=by).id


def _joiner(cast: Cast) -> int:
    """Somebody who has proved the address and waits for the first shop."""
    with transaction():
        code = renew_shop_code(cast.shop, by=viewer_of(cast.partner_admin))
        person = wait_to_join(code, "joiner@demo.example", "Jo Lind")
        return session.scalars(select(JoinRequest.id).where(JoinRequest.person_id == person.id)).one()


def _people(cast: Cast) -> dict[str, str]:
    names = ("seller", "partner_admin", "rival_seller", "rival_admin", "distributor_admin", "channel_manager",
             "finance", "auditor", "admin")  # fmt: skip
    people = {name: getattr(cast, name).email for name in names}
    admin = viewer_of(cast.admin)
    with transaction():
        colleague = add_member("colleague@demo.example", "Cleo Marsh", Role.SELLER, cast.shop)
        near = add_member("near@demo.example", "Nia North", Role.CHANNEL_MANAGER)
        far = add_member("far@demo.example", "Fay South", Role.CHANNEL_MANAGER)
        assign_territories(near, [ensure_territory("Northwest").id], by=admin)
        assign_territories(far, [ensure_territory("Southwest").id], by=admin)
        made = {"colleague": colleague.email, "near_manager": near.email, "far_manager": far.email}
    return people | made


def _claims(world: World) -> dict[str, int | str]:
    manager = viewer_of(world.cast.second_manager)
    approved = file_claim(world, invoice_no="FB-1042")
    with transaction():
        claim = lock_claim(manager, approved.id)
        review.approve_claim(claim, by=manager, version=claim.version, shown_points=claim.expected_points)
    waiting = file_claim(world, invoice_no="FB-1043", lines={"HL-U509": 2})
    draft = draft_claim(world, invoice_no="FB-1044", lines={"HL-U509": 1})
    return {
        "approved": approved.id, "claim": waiting.id, "draft_claim": draft.id, "file": waiting.files[0].id,
        "draft_file": draft.files[0].id,
    }  # fmt: skip


def _shelf(cast: Cast) -> dict[str, int | str]:
    reward = add()
    with transaction():
        adjust(owner_id=cast.seller.owner_id, unit="points", amount=9000, reason="A welcome", key="welcome",
               proposed_by=cast.finance.id, confirmed_by=cast.admin.id)  # fmt: skip
    placed = order(cast.seller)
    with transaction():
        load_badges(BADGES)
        load_tiers(TIERS)
    return {"reward": reward.code, "order": placed.number, "badge": "first-sale"}


def _desk(cast: Cast, folder: Path) -> dict[str, int | str]:
    """What waits for a decision on the vendor's desks."""
    manager, finance, admin = (viewer_of(who) for who in (cast.second_manager, cast.finance, cast.admin))
    path = folder / "imports" / "sales.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SALES, encoding="utf-8")
    with transaction():
        job = create_import(Request("sales", path, path.name, path.parent, source="pos"), by=manager)
    check_import(job.id)
    with transaction():
        alias = match_name("pos", "sku", "OLD-NAME", "HL-U509", by=manager)
        supply = start_supply(cast.distributor, cast.shop, valid_from=alias.decided_at.date(), by=manager)
        request = request_role("new.finance@demo.example", "Nils Berg", "finance", by=admin)
        limit = _higher_limit(cast)
        application = apply_for_partnership(
            company="Sunny Cycles", type="reseller", country="US", currency="USD", contact_name="Sue Day",
            contact_email="sue@sunny.example", territory_id=ensure_territory("Northwest").id,
        )  # fmt: skip
        adjustment = propose_adjustment(get_owner(finance, cast.seller.owner_id), "points", 10, "Goodwill", by=finance)
        review = begin_review(by=admin)
        duty = add_duty(
            source="shop-feed", rhythm="month", due_days=5, contact_name="Sue Day", contact_email="sue@shop.example",
            valid_from=dt.date(2026, 9, 1), partner_id=cast.shop.id, by=manager,
        )  # fmt: skip
        notice = notify(cast.seller.id, kind="claim", key=secrets.token_hex(4), sentence="Claim approved.", link="/")
        draft = write_draft(SPRINT, title="A second sprint", by=manager)
        token = start_session(session.get_one(Person, cast.seller.id), ip="10.0.0.1", agent="Firefox")
        assert notice is not None
        session.flush()
        return {
            "import": job.id, "alias": alias.id, "supply": supply.id, "grant": request.id,
            "application": application.id, "adjustment": adjustment.id, "notice": notice.id, "draft": str(draft.id),
            "token": token, "duty": duty.id, "review": review.quarter, "review_entry": entry_of(review, cast.seller.id),
            "limit": limit, "approver": cast.second_manager.id,
        }  # fmt: skip


def _higher_limit(cast: Cast) -> int:
    """A limit that waits for a second person; joins the running transaction."""
    person, admin = session.get_one(Person, cast.second_manager.id), viewer_of(cast.admin)
    set_limit(person, Limit(Kind.CLAIM, "points", 10**6), by=admin)
    request = set_limit(person, Limit(Kind.CLAIM, "points", 10**7), by=admin)
    assert request is not None
    return request.id


def entry_of(review: AccessReview, person_id: int) -> int:
    """The account of a person in a review of access."""
    query = select(ReviewEntry.id).where(ReviewEntry.review_id == review.id, ReviewEntry.person_id == person_id)
    return session.scalars(query).one()


def _found(cast: Cast) -> dict[str, int | str]:
    """Rows that came about by themselves."""
    owner = get_owner(viewer_of(cast.finance), cast.seller.owner_id)
    entry = session.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id)).first()
    line = session.scalars(select(SaleLine.id).where(SaleLine.partner_id == cast.shop.id)).first()
    row = session.scalars(select(UserSession.id).where(UserSession.person_id == cast.seller.id)).first()
    audited = session.scalars(select(AuditEntry.id)).first()
    assert entry
    assert line
    assert row
    assert audited
    return {
        "owner": owner.id, "entry": entry, "line": line, "session": row, "audit": audited, "person": cast.seller.id,
        "shop": cast.shop.code, "email": cast.seller.email,
    }  # fmt: skip
