"""One component read for one participant: its lines judged, what they stand against, the bands walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.engine.frames import Facts
from portal.engine.limits import Rated
from portal.engine.lines import Judge, Judged
from portal.engine.periods import Program, Window
from portal.engine.pipeline import rate_all
from portal.engine.plan import Component
from portal.engine.proofs import proof_of
from portal.engine.stand import Place, Seen, stand_of
from portal.engine.walk import Walk, walk


def walked_of(judge: Judge, component: Component, judged: Judged, program: Program, everyone: Facts) -> Walk:
    """The walk of a component; `everyone` holds the sales of all participants, asked only where peers decide."""
    counted = [line for line in judged.now if line.counted]
    if not counted:
        return Walk([], None, None, "No line counted.")
    rated = _rated(program, judge.window, component, everyone) if component.needs_peers else ()
    seen = Seen(sum(line.measure for line in judged.past), judged.first_day, judged.rows, rated)
    place = Place(component, judge.plan, program.code, judge.window, judge.participant_id)
    proof = proof_of(place, everyone, judged, rated)
    stand = stand_of(place, everyone, seen)
    measure, earn = sum(line.measure for line in counted), sum(line.weight for line in counted)
    return replace(walk(component, judge.plan, measure, earn, stand), told=stand.told, proof=proof)


def _rated(program: Program, window: Window, component: Component, everyone: Facts) -> Sequence[dict[str, Any]]:
    """The rated rows of all participants of a component and window."""
    found = rate_all([program], everyone, window.start, window.start + 1)
    return [] if found is None else _of_window(found[0], window, component)


def _of_window(rated: Rated, window: Window, component: Component) -> list[dict[str, Any]]:
    parameters = rated.parameters
    numbers = {
        (rule.number, index)
        for rule in parameters.rules
        for index, one in enumerate(parameters.windows[rule.number])
        if rule.component.code == component.code and one.version is window.version and one.start == window.start
    }
    return [row for row in rated.rows.iter_rows(named=True) if (row["rule"], row["window"]) in numbers]


def history_of(plan_components: Sequence[Component], everyone: Facts, own: Facts) -> list[dict[str, Any]]:
    """The lines of everybody that decide when a customer first bought; none where no component asks."""
    if not any(component.measured == "new_customers" for component in plan_components):
        return []
    partners = own.sales["partner_id"].unique().implode()
    return everyone.sales.filter(everyone.sales["partner_id"].is_in(partners)).to_dicts()
