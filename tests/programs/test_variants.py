"""Variants as they are published: the resolved document is kept, and a newer base is noticed."""

import pytest

from portal.core import clock
from portal.engine.errors import PlanError
from portal.programs.definitions.queries import engine_programs
from portal.programs.definitions.variants import base_moved_on, parse_plan, published_document
from tests.programs.channel import Channel, make_channel, publish

BASE = """
code: base
name: Bikes
kind: rebate
effective: {from: 2026-01-01, until: 2027-01-01}
period: quarter
pay: {in: USD}
components: [{code: bikes, method: percent, percent: 2}]
"""
WEST = """
code: west
name: Bikes in the west
extends: base
eligibility: {territories: [Southwest]}
components: [{code: bikes, percent: 3}]
"""


@pytest.fixture
def channel(db):
    with clock.frozen("2026-08-10T10:00"):
        yield make_channel()


def test_a_variant_is_stored_whole_and_a_newer_base_is_noticed(channel: Channel):
    publish(channel, BASE)
    publish(channel, WEST)
    document = published_document("west")
    assert document is not None
    assert (document["extends"], document["period"]) == ("base", "quarter")
    assert document["components"][0] | {"qualify": {}} == {
        "code": "bikes", "method": "percent", "percent": "3", "qualify": {},
    }  # fmt: skip
    assert base_moved_on("west") is None
    publish(channel, BASE.replace("percent: 2", "percent: 1").replace("quarter", "month"))
    (west,) = engine_programs(code="west")
    assert west.versions[0].plan.period == "quarter"
    said = base_moved_on("west")
    assert said is not None
    assert said.startswith("The base has moved on: base has version 2")
    publish(channel, WEST)
    assert base_moved_on("west") is None
    newest = published_document("west")
    assert newest is not None
    assert newest["period"] == "month"
    assert (base_moved_on("base"), base_moved_on("nowhere")) == (None, None)


def test_what_is_not_published_cannot_be_extended(channel: Channel):
    with pytest.raises(PlanError, match="no published plan") as error:
        publish(channel, WEST)
    assert [(issue.line, issue.key) for issue in error.value.issues] == [(4, "extends")]
    assert published_document("west") is None


def test_a_base_that_would_extend_its_variant_is_a_circle(channel: Channel):
    publish(channel, BASE)
    publish(channel, WEST)
    with pytest.raises(PlanError, match="would extend itself"):
        parse_plan(BASE.replace("name: Bikes", "name: Bikes\nextends: west"))
