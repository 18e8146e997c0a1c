"""Everything a calculation reads, as columns, cut to what was known at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl
from sqlalchemy import literal, select

from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.columns import read_frame
from portal.core.db import session
from portal.engine.frames import (
    ACTIVITIES,
    CERTIFICATES,
    CODES,
    END_CUSTOMERS,
    ENROLLMENTS,
    ENROLLMENTS_OPTIONAL,
    POSTED,
    PRICES_OPTIONAL,
    PRODUCT_PRICES,
    TARGETS,
    Facts,
    empty,
    with_activities,
)
from portal.engine.needs import EVERYTHING, Needs, beginning, needs_of
from portal.engine.periods import Program as EngineProgram
from portal.partners.mergers.queries import read_moves
from portal.partners.organizations.frames import read_partner_values
from portal.partners.organizations.models import Partner
from portal.programs.targets.frames import read_targets_frame
from portal.sales.activities.frames import read_activities_frame
from portal.sales.end_customers.frames import read_end_customers_frame
from portal.sales.journal.frames import (
    OF_SALE,
    OF_SELLERS,
    among,
    begin_sales_frame,
    known_condition,
    read_prices_frame,
    read_products_frame,
    read_rates_frame,
    read_sales_frame,
)

FORBIDDEN = "the shop does not allow SPIFs to its people"
TO_COMPANY = "the shop takes SPIFs for its people itself"
FEW = 1_000
I64, TEXT = pl.Int64(), pl.String()
NO_ENROLLMENTS = ENROLLMENTS | ENROLLMENTS_OPTIONAL


@dataclass(frozen=True)
class KnownFacts:
    """The engine's facts, and which lines lost their seller to the employer's answer (line id and answer)."""

    facts: Facts
    redirected: pl.DataFrame


def read_facts(
    as_of: dt.datetime | None = None,
    *,
    partner_ids: Collection[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    names: bool = False,
) -> KnownFacts:
    """Read what was known at `as_of` (now). `since` and `until` cut the sales by day, `partner_ids` by partner."""
    sales = read_sales_frame(as_of, partner_ids=partner_ids, since=since, until=until, names=names)
    facts = facts_around(sales, as_of, partner_ids=partner_ids, since=since, until=until)
    return with_employers_answer(with_activities(facts), as_of)


def read_needed(programs: Sequence[EngineProgram], as_of: dt.datetime | None = None) -> KnownFacts:
    """What was known at `as_of` (now) as far as these programs look at it: their days, columns and companions.

    Whatever else is known changes no cent of theirs. Everything else is read while the lines are.
    """
    reading = reading_of(programs, as_of)
    lines = begin_sales_frame(as_of, since=reading.since, names=reading.needs.names, without=reading.without)
    around = facts_around(pl.DataFrame(), as_of, since=reading.since, needs=reading.needs)
    return with_employers_answer(with_activities(replace(around, sales=lines())), as_of)


@dataclass(frozen=True)
class Reading:
    """What a full calculation reads of the journal: the first day, the columns nobody looks at; and its companions."""

    needs: Needs
    since: dt.date | None
    without: tuple[str, ...]


def reading_of(programs: Sequence[EngineProgram], as_of: dt.datetime | None = None) -> Reading:
    """What all windows of these programs look at."""
    needs, first = needs_of(programs), beginning(programs, day_number(clock.today()))
    sellers = needs.sellers or any(move.seller_id is not None for move in read_moves(as_of))
    without = (() if sellers else OF_SELLERS) + (() if needs.sold_days else OF_SALE)
    return Reading(needs, None if first is None else from_day_number(first), without)


def facts_around(
    sales: pl.DataFrame,
    as_of: dt.datetime | None = None,
    *,
    partner_ids: Collection[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    needs: Needs = EVERYTHING,
) -> Facts:
    """These sales with everything else that was known at `as_of` (now), or as much of it as programs need."""
    done = empty(ACTIVITIES)
    if needs.activities:
        done = read_activities_frame(as_of, partner_ids=partner_ids, since=since, until=until)
    return Facts(
        sales=sales,
        partner_values=read_partner_values(as_of, partner_ids=partner_ids),
        products=read_products_frame(),
        product_prices=read_prices_frame(as_of) if needs.prices else empty(PRODUCT_PRICES | PRICES_OPTIONAL),
        rates=read_rates_frame(as_of),
        targets=read_targets_frame(as_of) if needs.targets else empty(TARGETS),
        activities=done,
        enrollments=read_enrollments(as_of, partner_ids) if needs.enrollments else empty(NO_ENROLLMENTS),
        certificates=read_certificates(as_of) if needs.certificates else empty(CERTIFICATES),
        end_customers=read_end_customers_frame(as_of) if needs.end_customers else empty(END_CUSTOMERS),
        codes=read_codes(partner_ids) if needs.codes else empty(CODES),
        today=day_number(clock.today() if as_of is None else clock.local(as_of).date()),
    )


def with_posted(known: KnownFacts, programs: Sequence[EngineProgram]) -> KnownFacts:
    """The facts with what is posted for programs whose budget stops: it keeps its place (PRACTICE D3)."""
    codes = [one.code for one in programs if any(version.plan.stops for version in one.versions)]
    if not codes:
        return known
    query = (
        "SELECT p.code AS program, g.component, g.participant_kind, g.participant_id, g.period_start, g.posted "
        "FROM earned_group g JOIN program p ON p.id = g.program_id WHERE g.posted > 0"
    )
    posted = read_frame(query, POSTED).filter(pl.col("program").is_in(codes))
    return replace(known, facts=replace(known.facts, posted=posted))


def read_enrollments(as_of: dt.datetime | None, partner_ids: Collection[int] | None) -> pl.DataFrame:
    """Who joined and left which programs, oldest first (what was written last holds for its day), and what accepted."""
    mine = among("partner_id", partner_ids)
    query = (
        "SELECT p.code AS program, e.partner_id, e.valid_from, e.state, NULL AS terms FROM enrollment e "  # noqa: S608
        f"JOIN program p ON p.id = e.program_id WHERE {known_condition('e.recorded_at', as_of)}{mine} ORDER BY e.seq"
    )
    accepted = (
        "SELECT p.code AS program, a.partner_id, a.accepted_on AS valid_from, 'accepted' AS state, "  # noqa: S608
        "a.terms_digest AS terms FROM terms_acceptance a JOIN program p ON p.id = a.program_id "
        f"WHERE {known_condition('a.accepted_at', as_of)}{mine}"
    )
    few = partner_ids is not None
    return pl.concat([read_frame(query, NO_ENROLLMENTS, few=few), read_frame(accepted, NO_ENROLLMENTS, few=few)])


def read_certificates(
    as_of: dt.datetime | None, of: tuple[Collection[int], Collection[int]] | None = None
) -> pl.DataFrame:
    """What partners and people (all, or those of these ids) hold: of several rows for one name and day the newest."""
    known = known_condition("recorded_at", as_of)
    if of is not None:
        known += f" AND ((1 = 1{among('partner_id', of[0])}) OR (1 = 1{among('person_id', of[1])}))"
    query = (
        "SELECT CASE WHEN person_id IS NULL THEN 'partner' ELSE 'person' END AS owner_kind, "  # noqa: S608
        "COALESCE(person_id, partner_id) AS owner_id, name, valid_from, valid_until FROM certificate "
        f"WHERE {known} ORDER BY seq, id"
    )
    rows = read_frame(query, CERTIFICATES, few=True)
    return rows.unique(["owner_kind", "owner_id", "name", "valid_from"], keep="last", maintain_order=True)


def read_codes(partner_ids: Collection[int] | None) -> pl.DataFrame:
    """What participants are called: it orders those who tie in a contest, and splits partners for a pilot."""
    if partner_ids is not None:
        named = select(literal("partner"), Partner.id, Partner.code).where(Partner.id.in_(partner_ids))
        return pl.DataFrame([tuple(row) for row in session.execute(named)], schema=CODES, orient="row")
    query = "SELECT 'partner', id, code FROM partner UNION ALL SELECT 'person', id, email FROM person"
    return read_frame(query, CODES)


def with_employers_answer(facts: Facts, as_of: dt.datetime | None = None) -> KnownFacts:
    """A seller's line follows the employer's answer on its day (PRACTICE D15).

    Forbidden (or not answered yet): no seller is left to pay. To the company: the seller becomes minus the partner,
    which `participants.py` turns back into the partner.
    """
    sold = facts.sales.filter(pl.col("seller_id").is_not_null()).select("line_id", "partner_id", "origin_day")
    shops = sold["partner_id"].unique().to_list()
    if not shops:
        return KnownFacts(facts, pl.DataFrame(schema={"line_id": I64, "answer": TEXT}))
    known = known_condition("recorded_at", as_of) + (among("partner_id", shops) if len(shops) < FEW else "")
    query = f"SELECT partner_id, valid_from, answer, seq FROM spif_answer WHERE {known}"  # noqa: S608  no text of a user
    kinds = {"partner_id": I64, "valid_from": I64, "answer": TEXT, "seq": I64}
    answers = read_frame(query, kinds, few=len(shops) < FEW)
    answers = answers.sort("valid_from", "seq").unique(["partner_id", "valid_from"], keep="last", maintain_order=True)
    answered = sold.sort("origin_day").join_asof(
        answers.sort("valid_from").select("partner_id", "valid_from", "answer"),
        left_on="origin_day",
        right_on="valid_from",
        by="partner_id",
        check_sortedness=False,
    )
    redirected = answered.select("line_id", pl.col("answer").fill_null("forbidden")).filter(
        pl.col("answer") != "allowed"
    )
    if redirected.is_empty():
        return KnownFacts(facts, redirected)
    forbidden, company = pl.col("answer") == "forbidden", pl.col("answer") == "to_company"
    own = pl.when(company).then(-pl.col("partner_id")).otherwise(pl.col("seller_id"))
    seller = pl.when(forbidden).then(None).otherwise(own).alias("seller_id")
    sales = facts.sales.join(redirected, on="line_id", how="left", maintain_order="left")
    return KnownFacts(replace(facts, sales=sales.with_columns(seller).drop("answer")), redirected)


def reason_for(answer: str) -> str:
    """The reason a line of this answer does not pay its seller."""
    return TO_COMPANY if answer == "to_company" else FORBIDDEN
