"""Notices: once per fact, read by their owner alone."""

import pytest

from portal.core.db import transaction
from portal.notifications.queries import count_unread, newest_celebration
from portal.notifications.services import notify
from tests.people import add_cast, viewer_of


@pytest.fixture
def cast(db, app):
    made = add_cast()
    with transaction():
        notify(made.seller.id, kind="claim_approved", key="1", sentence="160 stars for claim C-1.", link="/claims/1")
        notify(made.seller.id, kind="badge", key="2", sentence="25 helmets. The badge is yours.", celebrate="helmet:25")
    return made


def test_a_second_telling_changes_nothing(cast):
    with transaction():
        assert notify(cast.seller.id, kind="badge", key="2", sentence="Again") is None
    assert count_unread(viewer_of(cast.seller)) == 2


def test_the_person_reads_the_notices_and_marks_them_read(cast, as_):
    seller = as_(cast.seller)
    assert "160 stars for claim C-1." in seller.get("/notifications").text
    assert seller.post("/notifications/read").status_code == 303
    assert count_unread(viewer_of(cast.seller)) == 0


def test_a_celebration_is_shown_until_it_was_seen(cast, as_):
    seller = as_(cast.seller)
    shown = seller.get("/notifications/celebration")
    assert "The badge is yours" in shown.text
    number = newest_celebration(viewer_of(cast.seller)).id
    answer = seller.post(f"/notifications/{number}/dismiss", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert seller.get("/notifications/celebration").status_code == 204


def test_a_stranger_sees_and_changes_nothing(cast, as_):
    rival = as_(cast.rival_seller)
    assert "160 stars" not in rival.get("/notifications").text
    number = newest_celebration(viewer_of(cast.seller)).id
    rival.post(f"/notifications/{number}/dismiss")
    assert count_unread(viewer_of(cast.seller)) == 2
