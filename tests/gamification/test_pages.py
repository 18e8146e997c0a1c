"""The pages of play, as each role meets them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import session, transaction
from portal.gamification.badges.services import award_badges_for
from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.conventions.markup import faults
from tests.gamification.field import Field, make_field, run_the_sprint
from tests.programs.channel import sell
from tests.rewards.counting import counted_statements
from tests.rewards.shelf import give

As = Callable[[Person | Viewer], FlaskClient]


@pytest.fixture
def played(app: Flask) -> Field:
    """The sprint of the walk, with Ana's badge of the first sale."""
    with app.app_context():
        field = make_field()
        run_the_sprint(field)
        sell(field.channel, "BK-1", 1, 25_812_594, "2026-06-30")
        sell(field.channel, "BK-1", 1, 27_500_000, "2026-06-30", partner=field.shops["harbor"])
        give(field.ana, 1860)
        with transaction():
            award_badges_for([field.ana.id])
        for person in (field.ana, field.admin, *field.sellers.values()):
            session.refresh(person)
    return field


def test_home_shows_the_way_to_the_badge(played: Field, as_: As) -> None:
    tile = as_(played.ana).get("/gamification/campaign").text
    assert "22 of 25 for the badge, 40 stars each." in tile
    assert "14 days left" in tile
    for stop in (5, 10, 15, 20, 25):
        assert f">{stop}</text>" in tile


def test_the_balance_answers_204_until_it_changes(played: Field, as_: As) -> None:
    client = as_(played.ana)
    first = client.get("/gamification/balance")
    assert "1,860" in first.text
    assert client.get("/gamification/balance?v=1860-0-0").status_code == 204
    assert client.get("/gamification/balance", headers={"If-None-Match": '"1860-0-0"'}).status_code == 204
    give(played.ana, 160, key="more")
    assert "2,020" in client.get("/gamification/balance?v=1860-0-0").text


def test_the_board_shows_the_neighbors_and_the_next_step(played: Field, as_: As) -> None:
    client = as_(played.ana)
    page = client.get("/leaderboard").text
    assert faults(page) == []
    assert "Helmet sprint, Northwest" in page
    assert "4 more take you to rank 3" in page
    assert "Ends 28 August 2026" in page
    assert "22 of 25 for the badge" in page
    assert "A seller in Northwest" in page
    assert "Novak" not in page
    for address in (
        "?scope=shop",
        "?scope=all",
        "?scope=territory",
        "?board=quarter",
        "?board=sprint",
        "?board=x&page=9",
    ):
        assert faults(client.get(f"/leaderboard?{address}").text) == [], address
    assert "4 more take you to rank 3" in client.get("/leaderboard/around").text


def test_a_person_decides_beside_the_board_whether_the_name_is_shown(played: Field, as_: As) -> None:
    novak = played.sellers["Novak"]
    assert as_(novak).post("/leaderboard/name", data={"show": "yes"}).status_code == 303
    assert "P. Novak" in as_(played.ana).get("/leaderboard?scope=territory").text
    assert as_(novak).post("/leaderboard/name", data={"show": "no"}).status_code == 303
    assert "P. Novak" not in as_(played.ana).get("/leaderboard?scope=territory").text


def test_a_manager_sees_names_by_territory(played: Field, as_: As) -> None:
    page = as_(played.channel.manager).get("/leaderboard?scope=territory&territory=Southwest").text
    assert faults(page) == []
    assert "D. Dune" in page
    assert "P. Novak" not in page


def test_badges_stand_earned_in_progress_and_not_begun(played: Field, as_: As) -> None:
    page = as_(played.ana).get("/badges").text
    assert faults(page) == []
    assert "Earned" in page
    assert "22 of 25 helmets" in page
    assert "Not begun" in page
    one = as_(played.ana).get("/badges/sprint-25").text
    assert faults(one) == []
    assert "3 more helmets" in one
    assert "3 more helmets" in as_(played.ana).get("/badges/closest").text
    assert as_(played.ana).get("/badges/none").status_code == 404


def test_staff_see_how_many_people_hold_a_badge(played: Field, as_: As) -> None:
    page = as_(played.channel.manager).get("/badges").text
    assert faults(page) == []
    assert "Given for 1 unit sold and credited to the seller. Returned goods are taken off." in page
    assert '1<span class="narrow-only"> person</span>' in page
    assert "Ten clean claims" in as_(played.channel.manager).get("/badges?q=clean&state=given&sort=-held").text
    assert "No badge fits" in as_(played.channel.manager).get("/badges?state=retired").text
    one = as_(played.channel.manager).get("/badges/first-sale").text
    assert faults(one) == []
    assert "Ana" in one


def test_a_partner_admin_sees_the_tier_and_a_rival_does_not(played: Field, as_: As) -> None:
    card = as_(played.admin).get("/gamification/tier").text
    assert "258,125.94" in card
    assert "41,874.06 more to platinum" in card
    page = as_(played.admin).get("/partners/SHOP/level").text
    assert faults(page) == []
    assert "Early access" in page
    assert as_(played.admin).get("/partners/HARBOR/level").status_code == 404
    assert as_(played.ana).get("/partners/SHOP/level").status_code == 403


def test_a_manager_sees_who_is_close_to_a_tier(played: Field, as_: As) -> None:
    tile = as_(played.channel.manager).get("/gamification/near-tier").text
    assert "25,000.00" in tile
    assert "41,874.06" not in tile


@pytest.mark.parametrize("address", ["/leaderboard", "/leaderboard?scope=all", "/badges", "/badges/sprint-25",
                                     "/leaderboard/around", "/gamification/campaign", "/badges/closest"])  # fmt: skip
def test_a_page_of_play_asks_at_most_twelve_questions(played: Field, as_: As, address: str) -> None:
    with counted_statements() as sent:
        assert as_(played.ana).get(address).status_code == 200
    assert len(sent) <= 12


@pytest.mark.parametrize("address", ["/badges", "/badges?q=sale&sort=-held", "/badges/first-sale", "/badges/new"])
def test_a_page_of_those_who_make_badges_asks_at_most_twelve_questions(played: Field, as_: As, address: str) -> None:
    with counted_statements() as sent:
        assert as_(played.channel.manager).get(address).status_code == 200
    assert len(sent) <= 12
