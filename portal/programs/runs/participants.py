"""From what the engine calls a participant to whose account is posted to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl
from sqlalchemy import select

from portal.core.bulk import among
from portal.core.db import session
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person

CHUNK = 5000


@dataclass(frozen=True)
class Payee:
    """The ledger owner of a participant, its code (or e-mail) and its name."""

    owner_id: int
    code: str
    name: str


def settled(earnings: pl.DataFrame) -> pl.DataFrame:
    """Earnings with payees: a parent is a partner; a seller below zero is the partner that takes the SPIF itself."""
    to_company = (pl.col("participant_kind") == "seller") & (pl.col("participant_id") < 0)
    kind = pl.when(to_company | (pl.col("participant_kind") != "seller")).then(pl.lit("partner"))
    return earnings.with_columns(
        kind.otherwise(pl.lit("person")).alias("participant_kind"), pl.col("participant_id").abs()
    )


def payees(keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], Payee]:
    """The payees of (kind, id) pairs, in a few queries however many there are."""
    found: dict[tuple[str, int], Payee] = {}
    partners = sorted(number for kind, number in keys if kind == "partner")
    persons = sorted(number for kind, number in keys if kind == "person")
    for some in _chunks(partners):
        query = select(Partner.id, Partner.owner_id, Partner.code, Partner.name).where(among(Partner.id, some))
        found |= {("partner", n): Payee(owner, code, name) for n, owner, code, name in session.execute(query)}
    for some in _chunks(persons):
        people_of = select(Person.id, Person.owner_id, Person.email, Person.name).where(among(Person.id, some))
        found |= {("person", n): Payee(owner, code, name) for n, owner, code, name in session.execute(people_of)}
    return found


def _chunks(numbers: list[int]) -> list[list[int]]:
    return [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
