"""Somebody who joins a shop by its code, without the mail."""

from __future__ import annotations

import json

from sqlalchemy import select

from portal.core.db import session
from portal.core.events import OutboxRow
from portal.partners.joining.services import ask_to_join, prove_address
from portal.partners.people.models import Person


def mailed_token(fact: str) -> str:
    """The secret of the newest mail of a kind of fact."""
    query = select(OutboxRow).where(OutboxRow.fact == fact).order_by(OutboxRow.id.desc())
    row = session.scalars(query).first()
    assert row is not None
    return str(json.loads(row.payload)["token"])


def wait_to_join(code: str, email: str, name: str) -> Person:
    """Ask and prove the address; joins the running transaction."""
    ask_to_join(code, email, name)
    session.flush()
    return prove_address(mailed_token("JoinAsked"))
