"""A run in partitions owes the same cents, in the same order and under the same digests as a run over everything."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.engine.errors import CalculationError
from portal.engine.frames import Facts, check
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.ledger.services import verify
from portal.partners.mergers.services import record_merger
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs import run_folder as folders
from portal.programs.runs.digests import frame_digest
from portal.programs.runs.jobs import run_full
from portal.programs.runs.models import ProgramRun
from portal.programs.runs.partitions import Link, calculate_all, calculate_parts, facts_of_place, place_partners
from portal.sales.activities.models import Activity
from portal.sales.journal.models import BatchKind, SaleCredit
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.security.viewer import SYSTEM
from tests.engine.strategies import journals
from tests.engine.strategies_methods import journal_of, plan_of
from tests.engine.test_limits_property import limited, with_batches
from tests.programs.channel import make_channel, publish

modest = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)


def links_of(known: Facts) -> Iterator[Link]:
    """Whoever shares a seller, a parent or a parent's sales hangs together."""
    for partner, seller in known.sales.select("partner_id", "seller_id").drop_nulls().iter_rows():
        yield ("seller", seller), partner
    for partner, parent in known.partner_values.select("partner_id", "parent_id").drop_nulls().iter_rows():
        yield ("parent", parent), partner
        yield ("parent", parent), parent


def in_parts(programs: list[Program], known: Facts, folder: Path, *, linked: bool) -> tuple[pl.DataFrame, str]:
    """The earnings and the digest of the lines, each partner apart from all it need not be with."""
    weights = dict(known.sales["partner_id"].value_counts().iter_rows())
    weights = dict.fromkeys(known.partner_values["partner_id"].to_list(), 0) | weights
    places = place_partners(weights, links_of(known) if linked else (), 1)
    around = replace(known, sales=known.sales.clear())
    parts = (
        facts_of_place(place, places, around, known.sales.join(
            places.filter(pl.col("place") == place), on="partner_id", how="semi", maintain_order="left"))
        for place in sorted(places["place"].unique())
    )  # fmt: skip
    earnings, tally = calculate_parts(programs, around, parts, folder, posting=False)
    return earnings, tally.digest


def agree(programs: list[Program], known: Facts, folder: Path) -> None:
    """Everything at once and in parts come to the same, row by row."""
    known = check(known)
    people = any(version.plan.participant != "partner" for program in programs for version in program.versions)
    try:
        whole = calculate(programs, known)
    except CalculationError:
        with pytest.raises(CalculationError):
            in_parts(programs, known, folder, linked=people)
        return
    earnings, digest = in_parts(programs, known, folder, linked=people)
    assert earnings.equals(whole)
    assert digest == frame_digest(known.sales)


def test_partitions_change_no_cent_of_any_method(tmp_path: Path):
    for seed in range(150):
        plan = plan_of(seed)
        agree([Program(plan.code, [Version(1, plan)])], journal_of(seed + 7), tmp_path)


def test_partitions_change_no_cent_under_budgets_choices_and_splits(tmp_path: Path):
    @modest
    @given(plans=st.tuples(limited("a"), limited("b")), known=journals(), seed=st.integers(0, 1000))
    def agrees(plans: tuple[Any, Any], known: Facts, seed: int) -> None:
        agree([Program(plan.code, [Version(1, plan)]) for plan in plans], with_batches(known, seed), tmp_path)

    agrees()


PLANS = (
    """
code: race
name: Race
kind: contest
effective: {from: 2026-01-01}
period: month
pay: {in: USD}
qualify: {flow: sell_in}
components:
  - {code: race, method: rank, measure: units, ties: earliest, prizes: {1: 500, 2: 300, 3: 100}}
""",
    """
code: family
name: For parents
kind: rebate
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
participant: parent
qualify: {flow: sell_in}
components:
  - {code: family, method: tiered, measure: revenue, scope: marginal,
     bands: [{from: 0, percent: 1}, {from: 900, percent: 3}]}
""",
    """
code: short
name: A short budget
kind: spif
effective: {from: 2026-01-01}
period: month
pay: {in: USD}
budget: {amount: 60, when_reached: stop}
qualify: {categories: [Accessories], flow: sell_in}
components:
  - {code: each, method: per_unit, amount: 1.5}
""",
    """
code: shops
name: Customers and trainings
kind: bonus
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
qualify: {flow: sell_in}
components:
  - {code: customers, method: per_unit, measure: customers, amount: 2}
  - {code: trainings, method: per_unit, measure: "activity:trainings", amount: 5}
""",
    """
code: peers
name: Against peers
kind: growth
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
qualify: {categories: [Accessories], flow: sell_in}
components:
  - {code: peers, method: growth, measure: revenue, scope: whole, baseline: {of: prior_year, newcomer: peer_median},
     bands: [{from: 90, percent: 2}]}
""",
)


@pytest.fixture
def busy(db) -> Iterator[None]:
    """Nine shops of two families, sellers who moved, a merger, credits, activities, returns, plans of every reach."""
    with clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        dice = random.Random(11)
        with transaction():
            heads = [add_partner(f"HEAD{n}", f"Head {n}") for n in range(2)]
            shops = [channel.shop, channel.rival, *heads]
            shops += [add_partner(f"B{n}", f"Branch {n}", parent=heads[n % 2], tier="gold") for n in range(5)]
            sellers = [channel.seller, *(add_person(f"s{n}@x.example", f"S {n}", "seller", shops[n]) for n in range(3))]
            for shop in shops[2:]:
                answer_spifs(shop, dice.choice(["allowed", "to_company"]), valid_from=dt.date(2025, 1, 1))
        for plan in PLANS:
            publish(channel, plan)
        lines = write_lines(dice, shops, sellers, [product.id for product in channel.products.values()])
        with transaction():
            record_merger(shops[5], shops[6], valid_from=dt.date(2026, 5, 1), reason="joined", by=SYSTEM)
            for number, line in enumerate(dice.sample(lines, 12)):
                who = dice.choice(sellers).id
                session.add(SaleCredit(line_id=line, seller_id=who, seq=10_000 + number, recorded_at=clock.now()))
            for number in range(15):
                session.add(Activity(
                    partner_id=dice.choice(shops).id, seller_id=None, metric=dice.choice(["trainings", "demos"]),
                    quantity=dice.randint(1, 3), done_on=dt.date(2026, dice.randint(1, 8), 3), source="lms",
                    external_id=f"A{number}", seq=1, recorded_at=clock.now(),
                ))  # fmt: skip
        yield


def write_lines(dice: random.Random, shops: list[Partner], sellers: list[Person], products: list[int]) -> list[int]:
    """Two hundred lines in three batches, then returns of some."""
    numbers: list[int] = []
    for batch_number in range(4):
        with transaction():
            batch = open_batch("erp", BatchKind.IMPORT)
            made = [_line(dice, shops, sellers, products, f"{batch_number}-{n}") for n in range(60)]
            if batch_number == 3:
                made = [replace(one, returns_line_id=back, quantity=-1, amount=-900)
                        for one, back in zip(made, dice.sample(numbers, 20), strict=False)]  # fmt: skip
            numbers += [line.id for line in add_lines(batch, made)]
            confirm_batch(batch)
    return numbers


def _line(dice: random.Random, shops: list[Partner], sellers: list[Person], products: list[int], name: str) -> NewLine:
    flow = dice.choice(["sell_in", "sell_in", "sell_out"])
    return NewLine(
        name, dice.choice(shops).id, dice.choice(products), dice.randint(1, 6), dice.randint(500, 90_000), "USD",
        flow=flow, sold_on=dt.date(dice.choice([2025, 2026, 2026]), dice.randint(1, 8), dice.randint(1, 9)),
        seller_id=dice.choice(sellers).id if flow == "sell_out" else None, invoice_no=f"I{dice.randint(1, 40)}",
        end_customer=dice.choice(["Ann", "Ben", "Cy", "Di"]),
    )  # fmt: skip


def test_digests_and_cents_do_not_depend_on_the_partitions(busy: None):
    programs = engine_programs()
    whole = calculate_all(programs, None, posting=True)
    assert whole.lines > 200
    assert whole.earnings.filter(pl.col("earned") > 0)["program"].n_unique() == len(programs)
    for lines_at_once in (150, 80, 34, 1):
        parts = calculate_all(programs, None, posting=True, lines_at_once=lines_at_once)
        assert parts.earnings.equals(whole.earnings)
        assert (parts.lines, parts.input_digest) == (whole.lines, whole.input_digest)


def test_what_was_posted_in_partitions_is_not_posted_again(busy: None):
    first = run_full(lines_at_once=34)
    assert first.posted is not None
    assert first.posted > 20
    assert run_full(lines_at_once=80).posted == 0
    assert run_full().posted == 0
    runs = session.scalars(select(ProgramRun)).all()
    assert len({(run.input_digest, run.output_digest) for run in runs}) == 1
    assert verify() == []


def test_an_earlier_time_is_the_same_in_partitions(busy: None):
    then = clock.now()
    with clock.frozen("2026-08-11T10:00"):
        assert run_full(as_of=then, post=False).earnings.equals(
            run_full(as_of=then, post=False, lines_at_once=50).earnings
        )


def test_who_hangs_together_is_in_one_partition():
    links = [("s", 1), ("s", 2), ("t", 2), ("t", 3), ("u", 5), ("u", 6)]
    places = dict(place_partners(dict.fromkeys(range(1, 8), 10), links, 20).iter_rows())
    assert places[1] == places[2] == places[3]
    assert places[5] == places[6] != places[1]
    assert len(set(places.values())) == 4


def test_the_folder_of_a_killed_run_is_swept_and_that_of_a_running_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{folders.PREFIX}killed"
    left.mkdir()
    (left / folders.LOCK).touch()
    with folders.run_folder() as running, folders.run_folder() as other:
        assert not left.exists()
        assert running.is_dir()
        assert other.is_dir()
    assert not [*tmp_path.iterdir()]
