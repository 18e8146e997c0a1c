"""Single-use links: made, looked at, used up. Only digests are stored."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.core import clock
from portal.core.db import session
from portal.core.ids import digest, new_token
from portal.partners.access.errors import LinkSpent
from portal.partners.access.models import AccessToken, Purpose
from portal.partners.access.rules import LIFETIME
from portal.partners.people.models import Person, PersonState


def issue_token(person_id: int, purpose: Purpose) -> tuple[str, AccessToken]:
    """A fresh link for one purpose; every earlier one for the same purpose stops working."""
    revoke_tokens(person_id, purpose)
    token, moment = new_token(), clock.now()
    row = AccessToken(
        purpose=purpose.value, person_id=person_id, digest=digest(token), created_at=moment,
        expires_at=moment + LIFETIME[purpose],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return token, row


def get_person_by_token(token: str, purpose: Purpose) -> Person:
    """Whom a link is for; raises LinkSpent unless it can still be used. Looking does not use it up."""
    query = (
        select(Person)
        .join(AccessToken, AccessToken.person_id == Person.id)
        .where(AccessToken.digest == digest(token), AccessToken.purpose == purpose.value)
        .where(AccessToken.used_at.is_(None), AccessToken.expires_at > clock.now(), Person.state != PersonState.ENDED)
    )
    found = session.scalar(query)
    if found is None:
        raise LinkSpent
    return found


def use_token(token: str, purpose: Purpose) -> Person:
    """Use a link up and return its person; of two at the same time one gets LinkSpent."""
    person = get_person_by_token(token, purpose)
    used = session.execute(
        update(AccessToken)
        .where(AccessToken.digest == digest(token), AccessToken.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(AccessToken.id)
    ).first()
    if used is None:
        raise LinkSpent
    return person


def revoke_tokens(person_id: int, purpose: Purpose | None = None) -> None:
    """Make a person's unused links worthless, all of them or those for one purpose."""
    statement = update(AccessToken).where(AccessToken.person_id == person_id, AccessToken.used_at.is_(None))
    if purpose is not None:
        statement = statement.where(AccessToken.purpose == purpose.value)
    session.execute(statement.values(used_at=clock.now()))
