"""What a calculation of a few participants reads: what its programs look at, and no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from portal.core import clock
from portal.core.clock import day_number, from_day_number
from portal.core.columns import read_frame
from portal.core.money import POINTS
from portal.engine.frames import (
    ACTIVITIES,
    CERTIFICATES,
    CODES,
    END_CUSTOMERS,
    ENROLLMENTS,
    ENROLLMENTS_OPTIONAL,
    PRICES_OPTIONAL,
    PRODUCT_PRICES,
    RATES,
    TARGETS,
    Facts,
    empty,
    with_activities,
)
from portal.engine.moved import Asked, Moved, moved_by
from portal.engine.needs import Stretch, joined, needs_of
from portal.engine.periods import Program as EngineProgram
from portal.partners.mergers.queries import merger_pairs
from portal.partners.organizations.frames import read_partner_values
from portal.programs.runs.facts import (
    KnownFacts,
    read_certificates,
    read_codes,
    read_enrollments,
    with_employers_answer,
)
from portal.programs.targets.frames import read_targets_frame
from portal.sales.activities.frames import read_activities_frame
from portal.sales.end_customers.frames import read_end_customers_frame
from portal.sales.journal.frames import (
    read_named_sales,
    read_partner_sales,
    read_prices_frame,
    read_products_frame,
    read_rates_frame,
    read_sold_products,
)

MANY = 10  # partners
NO_ENROLLMENTS = ENROLLMENTS | ENROLLMENTS_OPTIONAL


def read_touched(
    asked: Sequence[Asked],
    partner_ids: Collection[int],
    moved: Moved | None = None,
) -> KnownFacts:
    """What is known now of some partners, as far as these programs look at it over the days they ask for.

    How much is read depends on what these partners sold, not on how much all others did, nor on how many products,
    prices, targets and batches there are; with `moved` on what they sold of the products that decide.
    """
    needs = needs_of([one.program for one in asked])
    days = joined({span for one in asked for span in one.days})
    sales, goods = _read_sales(asked, partner_ids, days, moved, names=needs.names)
    done = empty(ACTIVITIES)
    if needs.activities:
        since, until = from_day_number(days[0][0]), from_day_number(days[-1][1])
        done = read_activities_frame(partner_ids=partner_ids, since=since, until=until)
    people = {*sales["seller_id"].drop_nulls().to_list(), *done["seller_id"].drop_nulls().to_list()}
    products = sales["product_id"].unique().to_list()
    prices = read_prices_frame(None, products) if needs.prices else empty(PRODUCT_PRICES | PRICES_OPTIONAL)
    used = {*needs.currencies, *sales["currency"].unique().to_list(), *prices["currency"].unique().to_list()}
    facts = Facts(
        sales=sales,
        partner_values=read_partner_values(partner_ids=partner_ids),
        products=goods,
        product_prices=prices,
        rates=read_rates_frame() if len(used - {POINTS}) > 1 else empty(RATES),
        targets=read_targets_frame(of=(partner_ids, people)) if needs.targets else empty(TARGETS),
        activities=done,
        enrollments=read_enrollments(None, partner_ids) if needs.enrollments else empty(NO_ENROLLMENTS),
        certificates=read_certificates(None, (partner_ids, people)) if needs.certificates else empty(CERTIFICATES),
        end_customers=read_end_customers_frame() if needs.end_customers else empty(END_CUSTOMERS),
        codes=read_codes(partner_ids) if needs.codes else empty(CODES),
        today=day_number(clock.today()),
    )
    return with_employers_answer(with_activities(facts))


def _read_sales(
    asked: Sequence[Asked],
    partner_ids: Collection[int],
    days: Sequence[Stretch],
    moved: Moved | None,
    *,
    names: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines, and their products."""
    if moved is None:
        sales = read_partner_sales(partner_ids, days, names=names)
        return sales, read_products_frame(sales["product_id"].unique().to_list())
    sold = read_sold_products(partner_ids, days)
    products = read_products_frame(sold["product_id"].unique().to_list())
    return read_named_sales(moved.lines(sold, asked, products), names=names), products


def read_moved(programs: Sequence[EngineProgram], batch_id: int) -> Moved | None:
    """What the lines of a batch change; None where all that their partners are owed may change.

    So it is where few partners sold them, since looking at the products would take longer than it spares, and where
    one of them ever exchanged lines with another partner.
    """
    query = f"SELECT DISTINCT partner_id, product_id FROM sale_line WHERE batch_id = {int(batch_id)}"  # noqa: S608
    lines = read_frame(query, {"partner_id": pl.Int64(), "product_id": pl.Int64()}, few=True)
    partners = set(lines["partner_id"].to_list())
    if len(partners) < MANY or any(partners & set(pair) for pair in merger_pairs()):
        return None
    return moved_by(programs, lines, read_products_frame(lines["product_id"].unique().to_list()))
