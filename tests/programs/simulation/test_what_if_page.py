"""What-if in the browser: asked for, worked on by the worker, looked at, searched, downloaded, canceled."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.core import clock, heartbeat
from portal.core.db import session, transaction
from portal.partners.people.models import Person
from portal.programs.definitions.services import save_draft
from portal.programs.simulation.calculation import read_history
from portal.programs.simulation.jobs import run_simulation, run_waiting_simulations
from portal.programs.simulation.models import SimulationRow, SimulationRun, SimulationState
from portal.programs.simulation.queries import impact_of, newest_simulation
from tests.conventions.markup import faults
from tests.people import viewer_of
from tests.programs.shop_year import TODAY, VOLUME, Channel, closed_quarter, volume_plan

As = Callable[[Person], FlaskClient]
NEW = f"/programs/{VOLUME}/simulations/new"


@pytest.fixture
def channel(app: Flask) -> Channel:
    """The walk's shop with a whole-volume draft."""
    made = closed_quarter()
    with clock.frozen(TODAY), transaction():
        draft = volume_plan("whole", "2027-01-01")
        save_draft(draft, title="Whole-volume draft", by=viewer_of(made.cast.channel_manager))
    return made


def _get(client: FlaskClient, address: str) -> str:
    with clock.frozen(TODAY):
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.text[-600:])
    if "<html" in answer.text:
        assert faults(answer.text) == [], address
    return " ".join(answer.text.split())


def _ask(client: FlaskClient, **changed: str) -> str:
    values = {"what": "draft-1", "since": "2026-07-01", "until": "2026-10-01", "against": ""} | changed
    with clock.frozen(TODAY):
        answer = client.post(NEW, data=values)
    assert answer.status_code == 303, answer.text[-600:]
    return str(answer.headers["Location"])


def _work() -> int:
    with clock.frozen(TODAY):
        return run_waiting_simulations()


def test_a_draft_is_tried_on_the_last_closed_quarter_and_every_figure_is_there(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    form = _get(manager, NEW)
    assert 'value="2026-07-01"' in form
    assert "Draft: Whole-volume draft" in form
    address = _ask(manager)
    assert _work() == 1
    shown = _get(manager, address)
    for told in ("80.87", "46.37", "34.50", "unchanged behavior", "resamples break"):
        assert told in shown
    assert "1,000 times with a fixed seed" in shown
    assert "volume from 1,800" in shown.partition("Bands where the pay jumps")[2]
    assert "No participant fits" in _get(manager, address + "?only=losers")
    assert "Friendly" in _get(manager, address + "?q=friendly")
    assert "No participant fits" in _get(manager, address + "?q=zzqxzz")
    assert "AW00000290" in _get(manager, address + "/partners.csv?only=winners")
    assert "Whole-volume draft" in _get(manager, "/simulations")


def test_the_figures_of_a_trial_are_the_same_whenever_it_is_repeated(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    _ask(manager)
    _ask(manager)
    _work()
    first, second = session.scalars(select(SimulationRun.result).order_by(SimulationRun.id)).all()
    assert first == second
    told = json.loads(first)
    assert told["cost"] == 8087
    assert [(one["edge"], one["below"], one["at"]) for one in told["jumps"]] == [
        ("500", 500, 1250), ("1800", 4500, 7200), ("4500", 18000, 22500),
    ]  # fmt: skip
    assert told["bands"] == [{"component": "volume", "band": "1800", "count": 1, "earned": 8087}]


def test_a_partner_reads_what_it_would_have_earned(channel: Channel, as_: As) -> None:
    _ask(as_(channel.cast.channel_manager))
    _work()
    run = newest_simulation(1, draft_id=1)
    assert run is not None
    impact = impact_of(run, channel.cast.shop.id)
    assert impact is not None
    assert impact.sentence.endswith("you would have earned 80.87 instead of 46.37 USD.")
    assert impact_of(run, channel.cast.rival_shop.id) is None


def test_without_a_worker_the_page_says_that_it_waits(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    address = _ask(manager)
    assert "The worker is not running" in _get(manager, address)
    with clock.frozen(TODAY), transaction():
        heartbeat.beat("worker")
    assert "Waiting for the worker" in _get(manager, address)


def test_polling_answers_nothing_new_until_something_is(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    address = _ask(manager)
    with clock.frozen(TODAY):
        assert manager.get(f"{address}/progress?seen=queued--False").status_code == 204
        assert manager.get(f"{address}/progress?seen=other").status_code == 200
    _work()
    with clock.frozen(TODAY):
        assert manager.get(f"{address}/progress", headers={"HX-Request": "true"}).headers["HX-Redirect"] == address


def test_a_canceled_trial_stores_nothing_and_cannot_be_canceled_twice(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    address = _ask(manager)
    with clock.frozen(TODAY):
        assert manager.post(f"{address}/cancel").status_code == 303
        assert manager.post(f"{address}/cancel").status_code == 409
    assert _work() == 0
    assert session.scalar(select(SimulationRow.id)) is None
    assert "Somebody canceled it" in _get(manager, address)


def test_a_trial_canceled_while_it_is_worked_on_stops_at_its_next_step(
    channel: Channel, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask(as_(channel.cast.channel_manager))
    from portal.programs.simulation import jobs

    real = read_history

    def canceled_meanwhile(*values: object, **named: object) -> object:
        with transaction():
            session.execute(update(SimulationRun).values(state=SimulationState.CANCELED))
        return real(*values, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "read_history", canceled_meanwhile)
    with clock.frozen(TODAY):
        assert not run_simulation(1)
    assert session.scalar(select(SimulationRun.state)) == "canceled"


def test_a_trial_whose_process_died_is_taken_up_after_its_lease(channel: Channel, as_: As) -> None:
    _ask(as_(channel.cast.channel_manager))
    with clock.frozen(TODAY), transaction():
        late = clock.now().replace(minute=2)
        session.execute(update(SimulationRun).values(state="running", worker="gone:1", lease_until=late))
    assert _work() == 0
    with clock.frozen(TODAY.replace("T09:00", "T09:03")):
        assert run_waiting_simulations() == 1
    assert session.scalar(select(SimulationRun.state)) == "done"


def test_facts_that_are_missing_end_a_trial_in_words(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    with clock.frozen(TODAY), transaction():
        text = volume_plan("whole", "2027-01-01").replace("{in: USD}", "{in: JPY}")
        save_draft(text, title="In yen", by=viewer_of(channel.cast.channel_manager))
    address = _ask(manager, what="draft-2")
    _work()
    assert "There is no exchange rate from USD to JPY" in _get(manager, address)


def test_wrong_days_come_back_with_a_sentence_and_what_was_typed(channel: Channel, as_: As) -> None:
    manager = as_(channel.cast.channel_manager)
    for changed, said in (
        ({"until": "2026-06-01"}, "ends before it starts"),
        ({"until": "2031-01-01"}, "looks back"),
        ({"since": "soon"}, "Name the first day that counts"),
    ):
        values = {"what": "draft-1", "since": "2026-07-01", "until": "2026-10-01", "against": ""} | changed
        with clock.frozen(TODAY):
            answer = manager.post(NEW, data=values)
        assert answer.status_code == 422
        assert said in answer.text


def test_partners_see_no_what_if(channel: Channel, as_: As) -> None:
    address = _ask(as_(channel.cast.channel_manager))
    for who in (channel.cast.partner_admin, channel.cast.seller):
        with clock.frozen(TODAY):
            assert as_(who).get(address).status_code == 403
            assert as_(who).get("/simulations").status_code == 403
