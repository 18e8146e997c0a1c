"""What home asks for is understood by both databases."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.claims.world import World

As = Callable[[Person | Viewer], FlaskClient]


def test_every_home_and_the_story_of_an_invoice_are_drawn(site: World, as_: As) -> None:
    for person in site.cast.people:
        page = as_(person).get("/").text
        assert "did not load" not in page, person.role
        assert as_(person).get("/search?q=FB-1042").status_code == 200
    assert "Posted 160 stars" in as_(site.cast.auditor).get("/search?q=FB-1042").text
