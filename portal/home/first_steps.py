"""What a new installation still needs before a sale can pay somebody: told on home until it is all there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import render_template, url_for
from sqlalchemy import ColumnElement, func, select

from portal.core.db import Base, session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person, PersonState
from portal.programs.definitions.models import ProgramVersion
from portal.sales.journal.models import SaleLine
from portal.sales.products.models import Product
from portal.security.viewer import Role, Viewer

DECIDERS = 2
UPLOAD = "sales.imports.upload_import"
INVITE = "partners.people.invite_person"
ADMIN = frozenset({Role.ADMIN})
MANAGER = frozenset({Role.CHANNEL_MANAGER})


@dataclass(frozen=True)
class Step:
    """One thing a channel needs, where it is done and by whom."""

    says: str
    act: str
    endpoint: str
    roles: frozenset[Role] = ADMIN | MANAGER
    values: dict[str, str] = field(default_factory=dict)


STEPS = (
    Step("Two channel managers, because nobody approves their own work", "Invite somebody", INVITE, ADMIN),
    Step("Partners: by file, one by one, or by application", "Import partners", UPLOAD, values={"kind": "partners"}),
    Step("Products with their prices", "Import products", UPLOAD, values={"kind": "products"}),
    Step(
        "A program: begin with a template, the second manager publishes it", "Choose a template",
        "programs.studio.choose_template", MANAGER,
    ),
    Step("The partners’ own people: an admin of each, then sellers", "Invite somebody", INVITE),
    Step("Sales: from a file, or by the first approved claim", "Import sales", UPLOAD, values={"kind": "sales"}),
)  # fmt: skip


def draw_first_steps(viewer: Viewer) -> str | None:
    """The steps with those done ticked, and the next one of the viewer's own as a button; nothing once all are done."""
    done = [bool(answer) for answer in session.execute(select(*_asked())).one()]
    if all(done):
        return None
    mine = [step for step, is_done in zip(STEPS, done, strict=True) if not is_done and viewer.role in step.roles]
    following = mine[0] if mine else None
    return render_template(
        "home/_first_steps.html", following=following, count=sum(done), address=_address,
        items=[
            (step.says, is_done, _address(step) if step in mine and step is not following else None)
            for step, is_done in zip(STEPS, done, strict=True)
        ],
    )  # fmt: skip


def _address(step: Step) -> str:
    return url_for(step.endpoint, **step.values)  # type: ignore[arg-type]


def _asked() -> list[ColumnElement[Any]]:
    """One answer for each step, in their order, all in one statement."""
    managers = select(func.count()).where(Person.role == Role.CHANNEL_MANAGER, Person.state != PersonState.ENDED)
    theirs = select(Person.id).where(Person.partner_id.is_not(None)).limit(1)
    return [
        managers.scalar_subquery() >= DECIDERS,
        _some(Partner),
        _some(Product),
        _some(ProgramVersion),
        theirs.scalar_subquery().is_not(None),
        _some(SaleLine),
    ]


def _some(model: type[Base]) -> ColumnElement[Any]:
    return select(func.min(model.__table__.c.id)).scalar_subquery().is_not(None)
