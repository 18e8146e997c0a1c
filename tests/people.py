"""The fixed small cast of all tests, and the way they log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from flask.testing import FlaskClient

from portal.core.db import in_transaction, session, transaction
from portal.partners.access.queries import make_viewer
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.partners.territories.services import ensure_territory
from portal.security import passwords
from portal.security.viewer import Role, Viewer

Thing = TypeVar("Thing", Person, Partner)
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    """Two shops, a distributor, and everybody who works with them."""

    shop: Partner
    rival_shop: Partner
    distributor: Partner
    admin: Person
    channel_manager: Person
    second_manager: Person
    finance: Person
    auditor: Person
    partner_admin: Person
    seller: Person
    rival_admin: Person
    rival_seller: Person
    distributor_admin: Person

    @property
    def people(self) -> list[Person]:
        """Everybody."""
        return [value for value in vars(self).values() if isinstance(value, Person)]


def cheap_passwords() -> None:
    """Hash with the lowest cost argon2 allows; a test is no attacker."""
    passwords.configure(time_cost=1, memory_kib=8)


def add_shop(code: str = "AW00000290", name: str = "Friendly Bike Shop", **values: str) -> Partner:
    """A reseller in the Northwest unless said otherwise; joins the running transaction."""
    given = {"territory": "Northwest", "country": "US", "currency": "USD", "tier": "gold"} | values
    ensure_territory(given["territory"])
    return add_partner(code, name, **given)  # type: ignore[arg-type]


def add_member(email: str, name: str, role: Role, partner: Partner | None = None) -> Person:
    """An active person with the cast's password; joins the running transaction."""
    cheap_passwords()
    return add_person(email, name, role.value, partner, PASSWORD)


def add_cast() -> Cast:
    """Add the whole cast in one transaction; what it holds can be read for ever, `fresh` gives what can be changed."""
    with transaction():
        cast = _make_cast()
    for thing in vars(cast).values():
        session.refresh(thing)
        session.expunge(thing)
    session.rollback()
    return cast


def _make_cast() -> Cast:
    shop = add_shop()
    rival = add_shop("AW00000650", "Permanent Finish Products", territory="Southwest", tier="silver")
    distributor = add_shop("D-NORTH", "Northern Wheels", type="distributor", tier="")
    return Cast(
        shop=shop,
        rival_shop=rival,
        distributor=distributor,
        admin=add_member("admin@demo.example", "Ada Quist", Role.ADMIN),
        channel_manager=add_member("manager@demo.example", "Tess Moran", Role.CHANNEL_MANAGER),
        second_manager=add_member("manager2@demo.example", "Sam Idris", Role.CHANNEL_MANAGER),
        finance=add_member("finance@demo.example", "Flora Lund", Role.FINANCE),
        auditor=add_member("auditor@demo.example", "Otto Brandt", Role.AUDITOR),
        partner_admin=add_member("partner@demo.example", "Pia Holm", Role.PARTNER_ADMIN, shop),
        seller=add_member("seller@demo.example", "Sol Reyes", Role.SELLER, shop),
        rival_admin=add_member("rivaladmin@demo.example", "Rhea Stone", Role.PARTNER_ADMIN, rival),
        rival_seller=add_member("rival@demo.example", "Rob Vance", Role.SELLER, rival),
        distributor_admin=add_member("distributor@demo.example", "Dora Vik", Role.PARTNER_ADMIN, distributor),
    )


def fresh(thing: Thing) -> Thing:
    """A person or partner as the database knows it now, ready to be changed inside a transaction."""
    if not in_transaction():
        session.rollback()
    return session.get_one(type(thing), thing.id, populate_existing=True)


def viewer_of(person: Person) -> Viewer:
    """The person as rooms see one."""
    return make_viewer(person)


def log_in(client: FlaskClient, person: Person, password: str = PASSWORD) -> None:
    """Log a client in through the page, as the person would."""
    answer = client.post("/login", data={"email": person.email, "password": password})
    assert answer.status_code == 303, answer.get_data(as_text=True)
