"""What the pages of limits show, gathered as plain values."""

from __future__ import annotations

from typing import Any

from portal.partners.limits import queries
from portal.partners.limits.forms import SetLimitForm
from portal.partners.limits.rules import capital, kinds_of_role, rows_of, say_limit
from portal.partners.limits.services import limit_of_row
from portal.partners.people.models import Person, PersonState
from portal.security.limits.queries import limits_of
from portal.security.limits.rules import Limit
from portal.security.viewer import Role, Viewer

FIRST_UNIT = "USD"


def limits_of_person(
    viewer: Viewer, person: Person, form: SetLimitForm | None = None, *, own: bool = False
) -> dict[str, Any] | None:
    """The sheet of limits on a person's page, or without the form on one's own; None for who approves nothing."""
    role = Role(person.role)
    if not kinds_of_role(role):
        return None
    held = limits_of([person.id]).get(person.id, {})
    return {
        "rows": rows_of(role, held),
        "waiting": _waiting(viewer, person),
        "form": form or (_form(role) if _may_set(viewer, person) and not own else None),
    }


def _form(role: Role) -> SetLimitForm:
    form = SetLimitForm(formdata=None, data={"unit": FIRST_UNIT})
    form.kind.choices = kind_choices(role)
    return form


def kind_choices(role: Role) -> list[tuple[str, str]]:
    """The kinds that a role approves, for the form."""
    return [(kind.value, kind.plural.capitalize()) for kind in kinds_of_role(role)]


def _may_set(viewer: Viewer, person: Person) -> bool:
    return viewer.can("limit:set") and not viewer.read_only and person.state != PersonState.ENDED


def _waiting(viewer: Viewer, person: Person) -> list[str]:
    """What waits for a second person, a sentence each."""
    asked = queries.list_requests(viewer, person.id)
    return [f"{name or 'The portal'} asked for {_told(limit_of_row(request))}." for request, _, name in asked]


def _told(limit: Limit) -> str:
    return f"{limit.kind.plural}: {say_limit(limit, limit.kind, limit.measure)}"


def waiting_rows(viewer: Viewer) -> list[dict[str, Any]]:
    """Every limit that waits, beside the one in force, and whether this viewer may decide it."""
    asked = queries.list_requests(viewer)
    held = limits_of([person.id for _, person, _ in asked])
    return [
        {
            "id": request.id, "person": person, "asked_by": name or "The portal", "at": request.requested_at,
            "kind": limit.kind.plural, "after": say_limit(limit, limit.kind, limit.measure),
            "before": say_limit(
                held.get(person.id, {}).get(limit.kind, {}).get(limit.measure), limit.kind, limit.measure
            ),
            "own": viewer.person_id in (request.requested_by_id, person.id),
        }
        for request, person, name in asked
        for limit in [limit_of_row(request)]
    ]  # fmt: skip


def history_rows(person: Person) -> list[dict[str, Any]]:
    """Every limit the person ever had, newest first, as sentences of a timeline."""
    return [
        {
            "at": row.decided_at,
            "text": capital(_told(limit_of_row(row))),
            "by": f"{name or 'The portal'}{f', confirmed by {second}' if second else ''}",
        }
        for row, name, second in queries.list_history(person.id)
    ]
