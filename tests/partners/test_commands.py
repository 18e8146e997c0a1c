"""`portal people add`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import transaction
from portal.core.errors import InvalidInput
from portal.core.events import OutboxRow
from portal.partners.access.services import check_login
from portal.partners.commands import people
from portal.partners.people.queries import find_person_by_email
from tests.people import PASSWORD, add_shop, cheap_passwords

Db = scoped_session[Session]
pytestmark = pytest.mark.one_database


def test_a_person_with_a_password_can_log_in(db: Db) -> None:
    cheap_passwords()
    done = CliRunner().invoke(people, ["add", "ada@x.example", "--role", "admin", "--password-stdin"], input=PASSWORD)
    assert (done.exit_code, done.output) == (0, "ada@x.example can log in.\n")
    assert check_login("ada@x.example", PASSWORD).name == "ada"


def test_a_person_without_one_is_invited(db: Db) -> None:
    with transaction():
        add_shop()
    options = ["--role", "seller", "--partner", "AW00000290", "--name", "Sol"]
    done = CliRunner().invoke(people, ["add", "sol@x.example", *options])
    assert done.output == "sol@x.example is invited by mail.\n"
    assert db.query(OutboxRow).filter_by(fact="PersonInvited").count() == 1
    assert find_person_by_email("sol@x.example").partner_id


def test_an_unknown_partner_or_role_is_refused_in_words(db: Db) -> None:
    for options in (["--role", "king"], ["--role", "seller", "--partner", "NOBODY"], ["--role", "seller"]):
        done = CliRunner().invoke(people, ["add", "x@x.example", *options])
        assert isinstance(done.exception, InvalidInput)
