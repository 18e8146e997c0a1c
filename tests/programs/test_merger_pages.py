"""The pages of mergers and splits, as the cast sees them."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.mergers.models import PartnerMerger
from portal.partners.organizations.services import change_profile
from portal.partners.people.models import Person
from tests.people import Cast, add_cast, fresh, log_in, viewer_of

pytestmark = pytest.mark.one_database
MERGE = "/partners/AW00000650/merge"
SPLIT = "/partners/AW00000290/split"


@pytest.fixture
def cast(app, db) -> Cast:
    return add_cast()


def typed(**more: str) -> dict[str, str]:
    day = clock.today().isoformat()
    return {"into": "AW00000290", "valid_from": day, "reason": "One owner", "step": "look"} | more


def test_a_merger_is_looked_at_first_and_changes_nothing(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    answer = client.post(MERGE, data=typed())
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Nothing has been changed yet" in text
    assert "Rhea Stone, Rob Vance" in text
    assert "Merge the two" in text
    assert session.query(PartnerMerger).count() == 0
    assert fresh(cast.rival_shop).state == "active"


def test_a_merger_is_made_and_undone_through_the_pages(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    answer = client.post(MERGE, data=typed(step="do"), follow_redirects=True)
    assert "Done. 2 people moved, 0 earnings changed." in answer.get_data(as_text=True)
    assert fresh(cast.rival_shop).state == "closed"
    assert fresh(cast.rival_seller).partner_id == cast.shop.id
    number = session.query(PartnerMerger).one().id
    answer = client.post(f"/partners/AW00000650/mergers/{number}/undo", data={"reason": "A mistake"},
                         follow_redirects=True)  # fmt: skip
    assert "Undone. 0 earnings are as before." in answer.get_data(as_text=True)
    assert fresh(cast.rival_seller).partner_id == cast.rival_shop.id
    again = client.post(f"/partners/AW00000650/mergers/{number}/undo", data={"reason": "Again"})
    assert again.status_code == 409


def test_the_admin_of_the_joint_shop_reads_the_history_of_the_old_one(cast: Cast, client: FlaskClient):
    log_in(client, cast.partner_admin)
    assert client.get("/partners/AW00000650").status_code == 404
    client.post("/log-out")
    log_in(client, cast.channel_manager)
    client.post(MERGE, data=typed(step="do"))
    client.post("/log-out")
    log_in(client, cast.partner_admin)
    text = client.get("/partners/AW00000650/mergers").get_data(as_text=True)
    assert "became part of Friendly Bike Shop" in text
    assert "Undo" not in text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"into": "NOPE"}, 422, "No partner of yours has this code"),
        ({"into": "AW00000650"}, 422, "two different partners"),
        ({"into": ""}, 422, "Type the code"),
        ({"valid_from": "soon"}, 422, "This is no day."),
        ({"valid_from": "2999-01-01"}, 422, "within the next year"),
        ({"reason": ""}, 422, "Say why"),
        ({"reason": "a\x00b"}, 422, "invisible control character"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    cast: Cast, client: FlaskClient, change: dict[str, str], status: int, words: str
):
    log_in(client, cast.channel_manager)
    answer = client.post(MERGE, data=typed(**change))
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert "One owner" in answer.get_data(as_text=True) or "reason" in change


def test_strangers_find_nothing_and_roles_without_the_right_are_refused(cast: Cast, client: FlaskClient):
    for person, status in ((cast.rival_admin, 403), (cast.seller, 403), (cast.finance, 403), (cast.auditor, 403)):
        log_in(client, person)
        assert client.get(MERGE).status_code == status
        assert client.post(SPLIT, data=typed()).status_code == status
        client.post("/log-out")
    log_in(client, cast.rival_admin)
    assert client.get("/partners/AW00000290/mergers").status_code == 404


def test_a_shop_is_split_through_the_page(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    data = {"name": "Friendly South", "code": "AW-SOUTH", "people": str(cast.seller.id), "reason": "Own owner",
            "valid_from": clock.today().isoformat(), "step": "look"}  # fmt: skip
    looked = client.post(SPLIT, data=data).get_data(as_text=True)
    assert "Sol Reyes" in looked
    assert "Split the shop" in looked
    answer = client.post(SPLIT, data=data | {"step": "do"}, follow_redirects=True)
    assert "Done. One person moved" in answer.get_data(as_text=True)
    assert "Friendly South left Friendly Bike Shop" in answer.get_data(as_text=True)
    assert session.get_one(Person, cast.seller.id).partner_id != cast.shop.id
    assert client.post(SPLIT, data=data).status_code in (409, 422)


def test_nobody_of_another_shop_can_be_taken_along(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    data = {"name": "N", "code": "N-1", "people": str(cast.rival_seller.id), "reason": "Why not",
            "valid_from": clock.today().isoformat(), "step": "do"}  # fmt: skip
    assert client.post(SPLIT, data=data).status_code == 422


def test_a_shop_is_found_by_the_name_it_had(cast: Cast, client: FlaskClient):
    with transaction():
        change_profile(fresh(cast.shop), name="Best Bikes", email="", by=viewer_of(cast.channel_manager))
    log_in(client, cast.channel_manager)
    assert "Best Bikes" in client.get("/partners?q=Friendly+Bike").get_data(as_text=True)
    assert "Formerly Friendly Bike Shop" in client.get("/partners/AW00000290").get_data(as_text=True)
    assert "Friendly Bike Shop" in client.get("/partners/AW00000290/mergers").get_data(as_text=True)


def test_closing_says_what_is_left(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    assert "Nothing is left on its accounts." in client.get("/partners/AW00000290").get_data(as_text=True)


def test_a_merger_of_a_day_to_come_says_so(cast: Cast, client: FlaskClient):
    log_in(client, cast.channel_manager)
    day = (clock.today() + dt.timedelta(days=20)).isoformat()
    assert "until then everything stays" in client.post(MERGE, data=typed(valid_from=day)).get_data(as_text=True)
    answer = client.post(MERGE, data=typed(valid_from=day, step="do"), follow_redirects=True)
    assert f"It begins by itself on {day}." in answer.get_data(as_text=True)
    assert "Coming" in answer.get_data(as_text=True)
