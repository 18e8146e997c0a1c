"""`portal people ...`: accounts from the command line."""

from __future__ import annotations

import sys

import click

from portal.core.db import transaction
from portal.core.errors import InvalidInput
from portal.partners.organizations.queries import find_partner_by_code
from portal.partners.people.rules import clean_role
from portal.partners.people.services import add_person, mail_invitation
from portal.security.viewer import ASSIGNABLE_ROLES, SYSTEM


@click.group()
def people() -> None:
    """Accounts of the vendor's and the partners' people."""


@people.command("add")
@click.argument("email")
@click.option("--role", required=True, help="One of: " + ", ".join(sorted(ASSIGNABLE_ROLES)))
@click.option("--partner", "code", help="The code of the partner the person works for.")
@click.option("--name", help="The person's name; without it the part of the address before the @.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, role: str, code: str | None, name: str | None, password_stdin: bool) -> None:
    """Make an account; without a password the person gets an invitation by mail."""
    clean_role(role)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with transaction():
        partner = find_partner_by_code(code) if code else None
        if code and partner is None:
            raise InvalidInput(f"No partner has the code {code}.", field="partner")
        person = add_person(email, name or email.partition("@")[0], role, partner, password)
        if password is None:
            mail_invitation(person, partner.name if partner else "", by=SYSTEM)
    click.echo(f"{person.email} can log in." if password else f"{person.email} is invited by mail.")
