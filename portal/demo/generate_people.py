"""Generated people: the cast of the walk, two to five sellers a shop, and what each employer said about SPIFs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from portal.demo.calendar import Shift
from portal.demo.dice import dice
from portal.demo.examples import partner_by_code, published_lines

ANA_SHOP, RIVAL_SHOP = "AW00000290", "AW00000650"
ANA, LOU, RIVAL = "seller@demo.example", "partner@demo.example", "rival@demo.example"
MANAGER, MANAGER2 = "manager@demo.example", "manager2@demo.example"
HIRED = date(2012, 10, 1)  # in the data calendar, a day before the first generated ticket
ACTIVE_SINCE = date(2013, 1, 1)

_FIRST = """
Alice Amir Anika Ben Bruno Carla Chen Clara Daniel Dina Elena Emil Erik Farah Felix Gina Grace Hana Hugo Ines
Ivan Jana Joel Jonas Kai Karin Lena Leon Lina Luca Maja Marco Mei Milo Nadia Nils Nora Omar Oscar Paula Pedro
Priya Rosa Ruben Sara Simon Sofia Theo Tina Uma Victor Vera Wei Willa Yara Yusuf Zoe
"""
FIRST_NAMES = _FIRST.split()
_LAST = """
Abbott Alvarez Bauer Becker Bennett Bouchard Brandt Carlsen Castro Chang Cole Costa Dahl Dubois Eriksen Evans
Fischer Fontaine Ford Garcia Gill Grant Hansen Hayes Herrera Ito Jansen Jensen Kaur Keller Khan Klein Kowalski
Lang Larsen Laurent Lee Lopez Marsh Martin Meyer Moreau Moss Nguyen Novak Ortega Osei Park Patel Perez Quinn
Reed Reyes Rossi Sato Schmidt Silva Singh Stone Tanaka Torres Turner Vargas Vega Walsh Weber Wolf Wood Yang
Young
"""
LAST_NAMES = _LAST.split()


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `partner` is empty for the vendor's people; generated people have no password until invited."""

    email: str
    name: str
    role: str
    partner: str = ""
    started_on: date | None = None
    cast: bool = False


@dataclass(frozen=True, slots=True)
class SpifAnswer:
    """What a shop's partner admin answered about SPIFs to its people: allowed, to_company or forbidden."""

    partner: str
    answer: str
    valid_from: date


VENDOR_CAST = (
    Person("admin@demo.example", "Robin Hale", "admin", cast=True),
    Person(MANAGER, "Tess Moran", "channel_manager", cast=True),
    Person(MANAGER2, "Sam Idris", "channel_manager", cast=True),
    Person("finance@demo.example", "Ingrid Solberg", "finance", cast=True),
    Person("finance2@demo.example", "David Okafor", "finance", cast=True),
    Person("auditor@demo.example", "Mara Lindqvist", "auditor", cast=True),
)
SHOP_CAST = (
    Person(LOU, "Lou Carver", "partner_admin", ANA_SHOP, HIRED, cast=True),
    Person(ANA, "Ana Ruiz", "seller", ANA_SHOP, HIRED, cast=True),
    Person(RIVAL, "Ben Whitlock", "seller", RIVAL_SHOP, HIRED, cast=True),
)


@cache
def active_shops() -> tuple[str, ...]:
    """Codes of the shops that bought since data 2013, in order."""
    recent = published_lines().filter(pl.col("sold_on") >= ACTIVE_SINCE)
    return tuple(sorted(recent["partner"].unique().to_list()))


def _sellers_of(shop: str) -> list[Person]:
    chance = dice("sellers", shop)
    cast = [person for person in SHOP_CAST if person.partner == shop and person.role == "seller"]
    names: dict[str, str] = {}
    for _ in range(chance.randint(2, 5) - len(cast)):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        names[f"{first}.{last}@{shop}.example".lower()] = f"{first} {last}"
    return cast + [Person(email, name, "seller", shop, HIRED) for email, name in names.items()]


@cache
def sellers_by_shop() -> dict[str, tuple[Person, ...]]:
    """The sellers of every active shop, in the data calendar; the cast comes first in its own shop."""
    return {shop: tuple(_sellers_of(shop)) for shop in active_shops()}


def people(shift: Shift) -> list[Person]:
    """Everybody with an account: the cast first (with `cast=True`), then the generated sellers; hiring days moved."""
    sellers = [person for group in sellers_by_shop().values() for person in group if not person.cast]
    moved = [_moved(person, shift) for person in (*SHOP_CAST, *sellers)]
    return [*VENDOR_CAST, *moved]


def _moved(person: Person, shift: Shift) -> Person:
    hired = shift.boundary(person.started_on) if person.started_on else None
    return Person(person.email, person.name, person.role, person.partner, hired, person.cast)


@cache
def spif_answer_of(shop: str) -> str:
    """The shop's answer: nine in ten allow SPIFs; the shops of the cast and of the leading Northwest sellers all do."""
    if shop in (ANA_SHOP, RIVAL_SHOP) or partner_by_code()[shop]["territory"] == "Northwest":
        return "allowed"
    return dice("spif", shop).choices(("allowed", "to_company", "forbidden"), (90, 6, 4))[0]


def spif_answers(shift: Shift) -> list[SpifAnswer]:
    """The answer of every shop that has sellers, in force since the day its first seller was hired."""
    since = shift.boundary(HIRED)
    return [SpifAnswer(shop, spif_answer_of(shop), since) for shop in active_shops()]


def shops_that_allow(territories: Sequence[str]) -> list[str]:
    """Active shops of those territories whose sellers may be paid, in order of code."""
    places = partner_by_code()
    return [s for s in active_shops() if places[s]["territory"] in territories and spif_answer_of(s) == "allowed"]
