"""Territories, partners, people, their answers and supply, products and rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.demo.channel import DemoChannel
from portal.demo.examples import tier_rows
from portal.ledger.owners import ensure_owners
from portal.partners.organizations import importing as partner_rows
from portal.partners.organizations.models import Partner
from portal.partners.people.services import add_person
from portal.partners.spif.services import answer_spifs
from portal.partners.supply.services import start_supply
from portal.partners.territories.services import ensure_territory
from portal.partners.tiers.services import set_tier
from portal.sales.imports.row_kinds import KINDS
from portal.security.viewer import SYSTEM

SOURCE = "erp"
ENTRY_TIER = "registered"


def build(channel: DemoChannel, password: str) -> None:
    """Everything that is there before the first sale."""
    with transaction():
        for row in channel.territories():
            ensure_territory(row["name"], region=row["group"], country=row["country"])
        rows = [(line, row | {"tier": ENTRY_TIER}) for line, row in enumerate(channel.partners(), start=2)]
        _owners("partner", (row["code"] for _, row in rows))
        partner_rows.import_rows(rows, SOURCE)
    with transaction():
        KINDS["products"].import_rows(list(enumerate(channel.products(), start=2)), SOURCE, SYSTEM, dry_run=False)
        KINDS["fx"].import_rows(list(enumerate(channel.rates(), start=2)), SOURCE, SYSTEM, dry_run=False)
    with transaction():
        _people(channel, password)
    with transaction():
        _answers_and_supply(channel)


def _owners(kind: str, codes: Iterable[str]) -> None:
    """Make the owners of many accounts in one statement; the services then find them one by one."""
    ensure_owners((kind, code) for code in codes)


def partners_by_code() -> dict[str, Partner]:
    """Every partner by its code."""
    return {partner.code: partner for partner in session.scalars(select(Partner))}


def _people(channel: DemoChannel, password: str) -> None:
    partners, people = partners_by_code(), list(channel.people())
    _owners("person", (person.email for person in people))
    for person in people:
        partner = partners[person.partner] if person.partner else None
        add_person(person.email, person.name, person.role, partner, password if person.cast else None)


def _answers_and_supply(channel: DemoChannel) -> None:
    partners = partners_by_code()
    for answer in channel.spif_answers():
        answer_spifs(partners[answer.partner], answer.answer, valid_from=answer.valid_from)
    for supply in channel.supplies():
        start_supply(partners[supply.distributor], partners[supply.partner], valid_from=supply.valid_from)


def tier_changes(channel: DemoChannel) -> list[tuple[dt.date, list[dict[str, str]]]]:
    """The tier changes of the channel's history, by the day from which they hold."""
    rows = sorted(tier_rows(channel.shift), key=lambda row: str(row["valid_from"]))
    days = [(day, list(some)) for day, some in groupby(rows, key=lambda row: row["valid_from"])]
    return [(day, some) for day, some in days if day <= clock.today()]


def set_tiers(rows: list[dict[str, str]], day: dt.date) -> None:
    """Give partners their tiers of a day; joins the running transaction."""
    partners = partners_by_code()
    for row in rows:
        reason = "Sales of the last four closed quarters"
        set_tier(partners[row["partner"]], row["tier"], day, reason, SYSTEM)
