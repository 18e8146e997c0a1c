"""Making territories and assigning them to channel managers."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete

from portal.audit import services as audit
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.partners.people.models import Person
from portal.partners.territories.models import ManagerTerritory, Territory
from portal.partners.territories.queries import find_territory, get_territory, territory_ids_of
from portal.security.viewer import SYSTEM, Role, Viewer


def ensure_territory(name: str, *, region: str = "", country: str = "") -> Territory:
    """The territory of that name, made when it is new; imports and the demo use it."""
    found = find_territory(name)
    if found is None:
        found = Territory(name=name, region=region, country=country)
        session.add(found)
        session.flush()
    return found


def add_territory(name: str, *, region: str = "", country: str = "", by: Viewer = SYSTEM) -> Territory:
    """Make a territory; a second one of the same name is refused."""
    if find_territory(name) is not None:
        raise Conflict(f"There is already a territory called {name}.", field="name")
    territory = ensure_territory(name, region=region, country=country)
    audit.record("territory.added", kind="territory", id=territory.id, label=name, actor=by)
    return territory


def assign_territories(manager: Person, territory_ids: Iterable[int], *, by: Viewer) -> None:
    """Give a channel manager exactly these territories; none means all."""
    if manager.role != Role.CHANNEL_MANAGER:
        raise InvalidInput("Only channel managers look after territories.")
    wanted = {get_territory(number).id for number in territory_ids}
    before = territory_ids_of(manager.id)
    session.execute(delete(ManagerTerritory).where(ManagerTerritory.person_id == manager.id))
    session.add_all(ManagerTerritory(person_id=manager.id, territory_id=number) for number in sorted(wanted))
    session.flush()
    audit.record(
        "territory.assigned", kind="person", id=manager.id, label=manager.name, actor=by,
        before={"territories": sorted(before)}, after={"territories": sorted(wanted)},
    )  # fmt: skip
