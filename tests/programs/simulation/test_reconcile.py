"""The parallel run: what was really paid beside what the engine owes, every difference with its cause."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock, heartbeat
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput
from portal.partners.people.models import Person
from portal.programs.definitions.queries import engine_programs
from portal.programs.simulation import calculation
from portal.programs.simulation.commands import reconcile
from portal.programs.simulation.models import PaidFile
from portal.programs.simulation.reconciling import comparing, services
from portal.programs.simulation.reconciling.comparing import compare, sentences
from portal.programs.simulation.reconciling.jobs import run_comparison, run_waiting_comparisons
from portal.programs.simulation.reconciling.payments import read_payments
from portal.sales.errors import FileRefused
from tests.conventions.markup import faults
from tests.programs.shop_year import GROWTH, TODAY, VOLUME, Channel, closed_quarter, racks_come_back

As = Callable[[Person], FlaskClient]
SHOP = "AW00000290"
HEADER = "partner,program,period,amount\n"


@pytest.fixture
def channel(db: scoped_session[Session]) -> Iterator[Channel]:
    """A closed quarter, looked at weeks later: 46.37 volume rebate, 67.12 growth."""
    made = closed_quarter()
    with clock.frozen(TODAY):
        yield made


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "paid.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def _cause(folder: Path, amount: str, program: str = VOLUME) -> tuple[str, str]:
    payments, errors = read_payments(_file(folder, f"{SHOP},{program},2026-Q3,{amount}"), engine_programs())
    assert errors == []
    found = compare(payments)["differences"]
    return (found[0]["cause"], found[0]["said"]) if found else ("", "")


def test_a_payment_that_is_owed_is_no_difference(channel: Channel, tmp_path: Path) -> None:
    assert _cause(tmp_path, "46.37") == ("", "")


@pytest.mark.parametrize(
    ("amount", "cause", "said"),
    [
        ("46.38", "other-rounding", "rounded another way"),
        ("80.87", "other-scope", "whole instead of marginal"),
        ("43.04", "other-band", "the band from 1800 was left out"),
        ("37.50", "other-band", "nothing was paid from 1800 on"),
        ("92.74", "paid-twice", "it was paid twice"),
        ("37.73", "line-missing", "without line SO61195-19 of erp (RA-H123)"),
        ("127.30", "another-period", "it is the amount of the period from 2026-10-01"),
        ("11.11", "unexplained", "no cause was found; look at both computations"),
    ],
)
@pytest.mark.one_database
def test_the_likely_cause_is_found_by_working_it_out_that_way(
    channel: Channel, tmp_path: Path, amount: str, cause: str, said: str
) -> None:
    assert _cause(tmp_path, amount) == (cause, said)


@pytest.mark.one_database
def test_what_arrived_after_the_period_is_named(channel: Channel, tmp_path: Path) -> None:
    racks_come_back(channel)
    assert _cause(tmp_path, "46.37") == ("returns-left-out", "returns were not taken off")


@pytest.mark.one_database
def test_somebody_the_file_forgot_is_a_difference(channel: Channel, tmp_path: Path) -> None:
    rows = [f"{channel.cast.rival_shop.code},{VOLUME},2026-07-01,5.00"]
    payments, _ = read_payments(_file(tmp_path, *rows), engine_programs())
    result = compare(payments)
    assert [(one["partner"], one["cause"]) for one in result["differences"]] == [
        (SHOP, "not-in-the-file"), (channel.cast.rival_shop.code, "unexplained"),
    ]  # fmt: skip
    assert list(sentences(result)) == [
        f"{VOLUME} from 2026-07-01: 2 partners: 0 equal, 1 explained, 1 not explained. Paid 5.00, owed 46.37 USD; of "
        "the difference of −41.37, −46.37 is explained."
    ]


@pytest.mark.one_database
def test_rows_that_cannot_be_compared_say_why_by_line_and_column(channel: Channel, tmp_path: Path) -> None:
    path = _file(
        tmp_path, f"NOBODY,{VOLUME},2026-Q3,1", f"{SHOP},nothing,2026-Q3,1", f"{SHOP},{VOLUME},2026-08-01,1",
        f"{SHOP},{VOLUME},soon,1", f"{SHOP},{GROWTH},2026-Q3,1.005", f"{SHOP},{GROWTH},2026-07,67.12",
    )  # fmt: skip
    payments, errors = read_payments(path, engine_programs())
    assert [(one.line, one.column) for one in errors] == [
        (2, "partner"), (3, "program"), (4, "period"), (5, "period"), (6, "amount"),
    ]  # fmt: skip
    assert compare(payments)["periods"][0]["equal"] == 1


def test_a_file_without_the_columns_is_refused(db: object, tmp_path: Path) -> None:
    path = tmp_path / "paid.csv"
    path.write_text("shop,amount\nA,1\n", encoding="utf-8")
    with pytest.raises(FileRefused, match="The header lacks: partner, program, period"):
        read_payments(path, [])


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(reconcile, list(arguments), catch_exceptions=False)


@pytest.mark.one_database
def test_the_command_tells_each_difference_and_fails_only_without_a_cause(channel: Channel, tmp_path: Path) -> None:
    path = _file(tmp_path, f"{SHOP},{VOLUME},2026-Q3,80.87", f"{SHOP},{GROWTH},2026-Q3,67.12")
    done = _run(str(path))
    assert done.exit_code == 0
    assert "1 partner: 0 equal, 1 explained" in done.output
    assert f"{SHOP} {VOLUME} 2026-07-01: paid 80.87, owed 46.37, 34.50 USD: whole instead of marginal" in done.output
    assert json.loads(_run(str(path), "--json").output)["differences"][0]["difference"] == "34.50"
    assert _run(str(_file(tmp_path, f"{SHOP},{VOLUME},2026-Q3,11.11"))).exit_code == 1


def _bring(client: FlaskClient, *rows: str) -> str:
    content = (HEADER + "".join(f"{row}\n" for row in rows)).encode()
    with clock.frozen(TODAY):
        sent = client.post("/reconciliations", data={"file": (io.BytesIO(content), "march.csv")})
    assert sent.status_code == 303, sent.text[-500:]
    return str(sent.headers["Location"])


def _work() -> int:
    with clock.frozen(TODAY):
        return run_waiting_comparisons()


@pytest.mark.one_database
def test_the_page_keeps_what_a_file_came_to(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    finance = as_(channel.cast.finance)
    with clock.frozen(TODAY):
        assert "Once a file is compared" in finance.get("/reconciliations").text
    address = _bring(finance, f"{SHOP},{VOLUME},2026-Q3,80.87", f"NOBODY,{VOLUME},2026-Q3,1.00")
    assert _work() == 1
    with clock.frozen(TODAY):
        shown = finance.get(address)
        assert faults(shown.text) == []
        summed = "Accessories and clothing volume rebate, from 1 July 2026: 1 partner: 0 equal, 1 explained"
        for told in (summed, "whole instead of marginal", "Nobody has this code", "34.50"):
            assert told in shown.text
        assert "No difference fits" in finance.get(f"{address}?q=zzqxzz").text
        assert "other-scope" in finance.get(f"{address}/differences.csv").text
        listed = finance.get("/reconciliations")
        assert "march.csv" in listed.text
        assert faults(listed.text) == []
        refused = finance.post("/reconciliations", data={"file": (io.BytesIO(b"a,b\n1,2\n"), "wrong.csv")})
        assert (refused.status_code, "The header lacks" in refused.text) == (422, True)
        assert as_(channel.cast.auditor).post("/reconciliations").status_code == 403
        assert as_(channel.cast.partner_admin).get("/reconciliations").status_code == 403
    assert list((Path(app.extensions["settings"].data_dir) / "reconciliations").iterdir()) == []
    assert session.scalars(select(PaidFile.payments)).all() == [""]


@pytest.mark.one_database
def test_a_comparison_waits_for_the_worker_and_says_how_far_it_is(app: Flask, as_: As) -> None:
    finance = as_(closed_quarter().cast.finance)
    address = _bring(finance, f"{SHOP},{VOLUME},2026-Q3,80.87", f"{SHOP},{GROWTH},2026-Q3,67.12")
    with clock.frozen(TODAY):
        waits = finance.get(address)
        assert "The worker is not running" in waits.text
        assert faults(waits.text) == []
        assert faults(finance.get("/reconciliations").text) == []
        assert finance.get(f"{address}/progress?seen=queued-0-False").status_code == 204
        with transaction():
            heartbeat.beat("worker")
            assert services.claim_comparison(1, 6)
            assert services.step_comparison(1, "owed")
        told = finance.get(f"{address}/progress?seen=queued-0-True")
        assert "Calculating what is owed, step 1 of 6." in " ".join(told.text.split())
        assert finance.get(f"{address}/differences.csv").status_code == 200
    with clock.frozen(TODAY.replace("T09:00", "T09:03")):
        assert run_waiting_comparisons() == 1  # the process that had it is gone
        done = finance.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == address
    session.rollback()
    kept = session.scalars(select(PaidFile)).one()
    assert (kept.state, kept.equal, kept.different, kept.steps_done) == ("done", 1, 1, 7)


@pytest.mark.one_database
def test_a_canceled_comparison_stores_nothing_and_cannot_be_canceled_twice(app: Flask, as_: As) -> None:
    finance = as_(closed_quarter().cast.finance)
    address = _bring(finance, f"{SHOP},{VOLUME},2026-Q3,80.87")
    with clock.frozen(TODAY):
        assert finance.post(f"{address}/cancel").status_code == 303
        assert finance.post(f"{address}/cancel").status_code == 409
    assert _work() == 0
    with clock.frozen(TODAY):
        shown = finance.get(address)
    assert "Somebody canceled it" in shown.text
    assert faults(shown.text) == []
    assert session.scalars(select(PaidFile.payments)).all() == [""]


@pytest.mark.one_database
def test_a_comparison_canceled_while_it_is_worked_on_stops_at_its_next_step(
    app: Flask, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bring(as_(closed_quarter().cast.finance), f"{SHOP},{VOLUME},2026-Q3,80.87")
    real = calculation.read_history

    def canceled_meanwhile(*values: object, **named: object) -> object:
        with transaction():
            session.execute(update(PaidFile).values(state="canceled"))
        return real(*values, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "read_history", canceled_meanwhile)
    with clock.frozen(TODAY):
        assert not run_comparison(1)
    session.rollback()
    assert session.scalars(select(PaidFile.result)).all() == [""]


@pytest.mark.one_database
def test_facts_that_are_missing_end_a_comparison_in_words(app: Flask, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    finance = as_(closed_quarter().cast.finance)
    address = _bring(finance, f"{SHOP},{VOLUME},2026-Q3,80.87")

    def no_rate(*values: object, **named: object) -> object:
        raise InvalidInput("There is no exchange rate from EUR to USD.")

    monkeypatch.setattr(comparing, "read_history", no_rate)
    assert _work() == 1
    with clock.frozen(TODAY):
        assert "There is no exchange rate from EUR to USD." in finance.get(address).text


def test_the_day_of_a_period_may_be_written_in_three_ways(channel: Channel, tmp_path: Path) -> None:
    rows = [f"{SHOP},{VOLUME},{written},46.37" for written in ("2026-Q3", "2026-07", "2026-07-01")]
    payments, errors = read_payments(_file(tmp_path, *rows), engine_programs())
    assert errors == []
    assert {clock.from_day_number(one.window.period_start) for one in payments} == {dt.date(2026, 7, 1)}
