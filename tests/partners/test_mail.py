"""Every mail of the room can be written from its fact."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from flask import Flask, render_template

from portal.core.events import Fact
from portal.notifications.mailing import snake
from portal.partners.access import events as access
from portal.partners.onboarding import events as onboarding
from portal.partners.people import events as people
from portal.partners.tiers import events as tiers

pytestmark = pytest.mark.one_database
MAILED: list[type[Fact]] = [
    access.PasswordResetRequested,
    access.PasswordChanged,
    people.PersonInvited,
    people.EmploymentEnded,
    people.RoleRequested,
    onboarding.ApplicationReceived,
    onboarding.ApplicationWaits,
    onboarding.ApplicationApproved,
    onboarding.ApplicationRejected,
    tiers.TierChanged,
]
LINKS = {
    access.PasswordResetRequested: "https://portal.example/password-resets/secret",
    people.PersonInvited: "https://portal.example/invitations/secret",
    onboarding.ApplicationWaits: "https://portal.example/applications/7",
}


def filled(fact: type[Fact]) -> dict[str, Any]:
    """A payload of the fact with something in every field."""
    words = {"token": "secret", "name": "O'Brien & Sons", "company": "O'Brien & Sons", "application_id": 7}
    return {field.name: words.get(field.name, "silver") for field in dataclasses.fields(fact)}


@pytest.mark.parametrize("fact", MAILED, ids=lambda fact: fact.__name__)
def test_a_mail_names_its_link_and_no_character_is_mangled(app: Flask, fact: type[Fact]) -> None:
    context = filled(fact) | {"portal_url": "https://portal.example", "brand": "Adventure Works"}
    with app.test_request_context():
        parts = [
            render_template(f"emails/{snake(fact.__name__)}/{part}", **context)
            for part in ("subject.txt", "body.txt", "body.html")
        ]
    subject, body, html = parts
    assert subject.strip()
    assert "\n" not in subject.strip()
    assert "&#39;" not in subject + body
    assert LINKS.get(fact, "") in body
    assert LINKS.get(fact, "") in html
    assert "<h1" in html
