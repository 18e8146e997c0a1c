"""Partners and their dated values."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import OutboxRow
from portal.partners.organizations import services
from portal.partners.organizations.frames import read_partner_values
from portal.partners.organizations.jobs import refresh_partners
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import timeline_of
from portal.partners.organizations.rules import Values, ValuesFrom, clean_code, differing, in_force, with_change
from portal.partners.tiers.queries import tier_history, tier_on
from portal.partners.tiers.services import set_tier
from portal.security.viewer import SYSTEM
from tests.people import add_shop

Db = scoped_session[Session]
DAY = dt.date(2026, 3, 1)
LATER = dt.date(2026, 6, 1)


def make(**values: str) -> Partner:
    with transaction():
        return add_shop(**values)


def facts(db: Db) -> list[str]:
    return [row.fact for row in db.query(OutboxRow).order_by(OutboxRow.id)]


def test_a_new_partners_values_hold_from_the_first_of_all_days(db: Db) -> None:
    partner = make()
    assert [entry.valid_from for entry in timeline_of(partner.id)] == [dt.date(1, 1, 1)]
    assert partner.owner_id
    assert partner.territory_id
    assert facts(db) == ["PartnerAdded"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"name": "  "}, "name"),
        ({"currency": "usd"}, "currency"),
        ({"type": "shop"}, "type"),
    ],
)
def test_a_partner_that_cannot_be_is_refused_in_words(db: Db, values: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(**values)
    assert refused.value.field == field


def test_a_code_is_given_once(db: Db) -> None:
    make()
    with pytest.raises(Conflict, match="already a partner with the code"):
        make()


def test_an_unknown_territory_is_refused(db: Db) -> None:
    partner = make()
    with pytest.raises(InvalidInput, match="no territory called"), transaction():
        services.change_values(partner, valid_from=DAY, by=SYSTEM, territory="Nowhere")


def test_a_change_holds_from_its_day_and_leaves_earlier_days_alone(db: Db) -> None:
    partner = make()
    with transaction():
        changed = services.change_values(partner, valid_from=DAY, by=SYSTEM, segment="Warehouse", country="US")
    assert changed == {"segment": ("", "Warehouse")}
    timeline = timeline_of(partner.id)
    assert in_force(timeline, DAY - dt.timedelta(days=1)).segment == ""
    assert in_force(timeline, DAY).segment == "Warehouse"
    assert partner.segment == "Warehouse"
    assert facts(db) == ["PartnerAdded", "PartnerValuesChanged"]


def test_a_change_that_changes_nothing_writes_nothing(db: Db) -> None:
    partner = make()
    with transaction():
        assert services.change_values(partner, valid_from=DAY, by=SYSTEM, country="US") == {}
        assert set_tier(partner, "gold", DAY, "As before", SYSTEM) is False
    assert facts(db) == ["PartnerAdded"]


def test_a_change_of_tomorrow_shows_tomorrow(db: Db) -> None:
    partner = make()
    tomorrow = clock.today() + dt.timedelta(days=1)
    with transaction():
        services.change_values(partner, valid_from=tomorrow, by=SYSTEM, segment="Warehouse")
        assert partner.segment == ""
        assert services.refresh_current_values(partner, tomorrow) is True
        assert services.refresh_current_values(partner, tomorrow) is False
    assert partner.segment == "Warehouse"


def test_a_change_in_the_past_goes_on_through_later_changes_of_other_fields(db: Db) -> None:
    partner = make()
    with transaction():
        services.change_values(partner, valid_from=LATER, by=SYSTEM, segment="Warehouse")
        set_tier(partner, "platinum", DAY, "Grew fast", SYSTEM)
    assert tier_on(partner.id, LATER) == "platinum"
    assert partner.segment == "Warehouse"
    assert [(step.tier, step.valid_until) for step in tier_history(partner.id)] == [("gold", DAY), ("platinum", None)]


def test_a_tier_needs_a_reason_and_has_one_writer(db: Db) -> None:
    partner = make()
    with pytest.raises(InvalidInput, match="Say why"), transaction():
        set_tier(partner, "silver", DAY, " ", SYSTEM)
    with pytest.raises(ValueError, match="set_tier"):
        services.change_values(partner, valid_from=DAY, by=SYSTEM, tier="silver")


def test_a_partner_cannot_belong_to_its_own_branch(db: Db) -> None:
    partner = make()
    with transaction():
        branch = add_shop("B-1", "Branch", parent=partner)  # type: ignore[arg-type]
    for parent in (partner, branch):
        with pytest.raises(InvalidInput, match="cannot belong to itself"), transaction():
            services.change_values(partner, valid_from=DAY, by=SYSTEM, parent_id=parent.id)


def test_many_partners_change_as_one_act(db: Db) -> None:
    first, second = make(), make(code="S-2", name="Second")
    with transaction():
        assert services.change_many([first, second], valid_from=DAY, by=SYSTEM, segment="Chain") == 2
        assert services.change_many([first], valid_from=DAY, by=SYSTEM, segment="Chain") == 0
    acts = db.execute(text("SELECT act, object_id FROM audit_entry ORDER BY id")).all()
    assert [tuple(row) for row in acts][-1] == ("partner.changed", "2 partners")


def test_a_profile_is_changed_and_recorded(db: Db) -> None:
    partner = make()
    with transaction():
        services.change_profile(partner, name="Friendlier Bikes", email="Hello@Shop.example", by=SYSTEM)
        services.change_profile(partner, name="Friendlier Bikes", email="hello@shop.example", by=SYSTEM)
    assert (partner.name, partner.email) == ("Friendlier Bikes", "hello@shop.example")
    assert len(db.execute(text("SELECT 1 FROM audit_entry WHERE act = 'partner.changed'")).all()) == 1
    with pytest.raises(InvalidInput), transaction():
        services.change_profile(partner, name=" ", email="", by=SYSTEM)


def test_a_partner_closes_once_and_with_a_reason(db: Db) -> None:
    partner = make()
    with pytest.raises(InvalidInput), transaction():
        services.close_partner(partner, by=SYSTEM, reason="")
    with transaction():
        services.close_partner(partner, by=SYSTEM, reason="The owner retires")
    with pytest.raises(Conflict), transaction():
        services.close_partner(partner, by=SYSTEM, reason="Again")


def test_recorded_values_can_be_neither_altered_nor_deleted(db: Db) -> None:
    make()
    for statement in ("UPDATE partner_value SET tier = 'x'", "DELETE FROM partner_value"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.execute(text(statement))


def test_the_engine_reads_one_row_per_day_as_known_then(db: Db) -> None:
    with clock.frozen("2026-01-01T12:00:00"):
        partner = make()
    with clock.frozen("2026-02-01T12:00:00"), transaction():
        set_tier(partner, "silver", DAY, "First thought", SYSTEM)
    with clock.frozen("2026-02-02T12:00:00"), transaction():
        set_tier(partner, "platinum", DAY, "Second thought", SYSTEM)
    frame = read_partner_values()
    assert frame["valid_from"].to_list() == [clock.day_number(dt.date(1, 1, 1)), clock.day_number(DAY)]
    assert frame["tier"].to_list() == ["gold", "platinum"]
    assert frame["partner_id"].to_list() == [partner.id] * 2
    then = read_partner_values(clock.parse_moment("2026-02-01T13:00:00"))
    assert then["tier"].to_list() == ["gold", "silver"]
    assert timeline_of(partner.id, as_of=clock.parse_moment("2026-01-02")) == timeline_of(partner.id)[:1]
    assert read_partner_values(clock.parse_moment("2025-01-01")).is_empty()


DAYS = [dt.date(2026, month, 1) for month in range(1, 7)]


@given(
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(["tier", "segment"]), st.sampled_from("abc")), max_size=8)
)
def test_a_change_holds_on_its_day_and_never_touches_an_earlier_one(changes: list[tuple[dt.date, str, str]]) -> None:
    timeline = [ValuesFrom(dt.date(1, 1, 1), Values(type="reseller"))]
    for day, name, value in changes:
        before = {earlier: in_force(timeline, earlier) for earlier in DAYS if earlier < day}
        other = "segment" if name == "tier" else "tier"
        others = {late: getattr(in_force(timeline, late), other) for late in DAYS}
        newest = {entry.valid_from: entry for entry in timeline}
        newest |= {entry.valid_from: entry for entry in with_change(timeline, day, {name: value})}
        timeline = [newest[key] for key in sorted(newest)]
        assert getattr(in_force(timeline, day), name) == value
        assert before == {earlier: in_force(timeline, earlier) for earlier in before}
        assert others == {late: getattr(in_force(timeline, late), other) for late in DAYS}


def test_a_day_before_all_values_has_none() -> None:
    with pytest.raises(LookupError):
        in_force([], DAY)
    with pytest.raises(ValueError, match="No dated value"):
        differing(Values(type="reseller"), {"color": "red"})
    assert clean_code(" AW-1 ") == "AW-1"


def test_a_new_day_brings_the_values_that_begin_with_it(db: Db) -> None:
    partner = make()
    tomorrow = clock.now() + dt.timedelta(days=1)
    with transaction():
        set_tier(partner, "platinum", clock.local(tomorrow).date(), "From tomorrow", SYSTEM)
    assert refresh_partners() == 0
    with clock.frozen(tomorrow):
        assert refresh_partners() == 1
        assert refresh_partners() == 0
    assert db.get_one(Partner, partner.id).tier == "platinum"
