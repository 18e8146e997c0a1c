"""The same cents on a real Spark cluster: one master, two workers, lines as Parquet by month."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from portal.engine.errors import CalculationError
from portal.engine.frames import Facts
from portal.engine.months import write_months
from portal.engine.periods import Program, Version
from portal.engine.pipeline import calculate
from portal.engine.plan import parse_plan
from portal.engine.spark import on_spark
from tests.engine.channel import facts, line, who
from tests.journeys.demo_server import DemoServer, build_demo, environment_of
from tests.spark.standalone import Cluster, standalone_cluster

HERE = Path(__file__).parent
EVERY = (HERE / "every-method.yaml").read_text(encoding="utf-8")
LIMITED = """
code: {code}
name: Limited
kind: rebate
effective: {{from: 2013-01-01, until: 2014-01-01}}
period: quarter
pay: {{in: USD}}
participant: {participant}
caps: {{per_line: 9}}
budget: {{amount: {budget}, when_reached: stop}}
stack: {{group: shared, policy: best}}
components:
  - {{code: share, method: percent, percent: {percent}, qualify: {{flow: sell_in}}}}
"""

pytestmark = pytest.mark.xdist_group("spark")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with standalone_cluster(tmp_path_factory.mktemp("spark")) as running:
        yield running


def channel() -> Facts:
    """Three partners, two years of lines, returns, currencies, and an amount one unit below a rounding boundary."""
    dice = random.Random(5)
    lines = [
        line(
            f"{dice.choice((2012, 2013))}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
            dice.randint(-900, 60_000), partner_id=dice.randint(1, 3), product_id=dice.randint(1, 4),
            seller_id=dice.choice((None, 7, 8)), quantity=dice.randint(-2, 12), invoice_no=f"I{number // 3}",
            end_customer=f"C{number % 40}", external_id=f"L{number}", currency=dice.choice(("USD", "EUR")),
        )
        for number in range(900)
    ]  # fmt: skip
    lines.append(line("2013-05-05", 19_280_959, external_id="edge", invoice_no="edge", end_customer="edge"))
    rates = [{"currency": "EUR", "base": "USD", "valid_from": lines[0]["sold_day"] - 9999, "rate": 11_234_567_891}]
    people = [who(1), who(1, since="2013-05-03", tier="platinum"), who(2, territory="Central"), who(3, tier="silver")]
    prices = [
        {"product_id": number, "valid_from": 0, "cost": 900, "list_price": 1499, "currency": "USD"}
        for number in (1, 2, 3, 4)
    ]
    return facts(lines, people, rates=rates, prices=prices)


def programs() -> list[Program]:
    """Every method in one plan, and two that choose line by line under a budget that stops."""
    early = EVERY.replace("2023-01-01", "2012-01-01").replace("WB-H098", "CA-1098").replace("PK-7098", "HL-U509")
    texts = [
        early,
        LIMITED.format(code="first", percent="0.39", participant="partner", budget=700),
        LIMITED.format(code="second", percent="0.4", participant="seller", budget=400),
    ]
    parsed = [parse_plan(text) for text in texts]
    return [Program(plan.code, [Version(1, plan)]) for plan in parsed]


def test_every_method_and_every_limit_comes_to_the_same_cents(cluster: Cluster, tmp_path: Path) -> None:
    here = calculate(programs(), channel())
    with on_spark(cluster.url, tmp_path / "lines") as place:
        there = calculate(programs(), replace(channel(), place=place))
        assert len(list((tmp_path / "lines" / "lines-0").glob("month=2013-*/lines.parquet"))) == 12
    assert_frame_equal(there, here)
    assert set(here["component"]) >= {"each", "table", "lift", "tens", "pair", "race", "gifts", "share"}
    assert all(total > 0 for _, total in here.group_by("program").agg(pl.col("earned").sum()).iter_rows())
    assert cluster.workers() == 2
    assert not (tmp_path / "lines").exists()


def test_the_demo_channel_earns_the_same_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    build_demo(tmp_path)
    demo = DemoServer("", tmp_path, "", environment_of(tmp_path))
    by = ("--by", "manager@demo.example", "--approved-by", "manager2@demo.example")
    assert demo.portal("programs", "publish", str(HERE / "every-method.yaml"), *by).returncode == 0
    before = cluster.applications()
    told = demo.portal("calculate", "--engine", "spark", "--master", cluster.url)
    assert told.returncode == 0, told.stderr
    assert "engine spark" in told.stdout
    assert " 0 differences" not in told.stdout
    assert cluster.applications() == before + 1
    earned = demo.portal("export", "earnings").stdout
    again = demo.portal("calculate")
    assert "0 differences posted." in again.stdout
    assert demo.portal("export", "earnings").stdout == earned
    assert earned.count("every-method,") > 1000
    assert demo.portal("verify").returncode == 0
    assert not list((tmp_path / "spark").iterdir())


def test_a_journal_goes_out_by_month_and_comes_back_whole(tmp_path: Path) -> None:
    sales = channel().sales
    assert write_months(sales, tmp_path) == 24
    found = pl.read_parquet(tmp_path / "*" / "lines.parquet")
    assert_frame_equal(found.sort("line_id").select(sales.columns), sales.sort("line_id"))
    empty = tmp_path / "empty"
    assert write_months(sales.clear(), empty) == 0
    assert pl.read_parquet(empty / "*" / "lines.parquet").columns == sales.columns


@pytest.mark.parametrize(
    ("master", "words"),
    [
        ("http://here", "is no address of a Spark cluster"),
        ("spark://127.0.0.1:99999", "No Spark cluster answers"),
        ("spark://127.0.0.1:1", "No Spark cluster answers"),
    ],
)
def test_a_cluster_that_is_not_there_is_said_so_at_once(master: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CalculationError, match=words), on_spark(master, tmp_path):
        pass


def test_without_spark_one_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(CalculationError, match="pip install"), on_spark("spark://127.0.0.1:7077", tmp_path):
        pass
