"""Becoming somebody of the cast without a password: the demo's way to walk through every door in ten minutes."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit import services as audit
from portal.core.db import session
from portal.core.errors import NotFound
from portal.demo.tour import Step
from portal.partners.access import services, sessions
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import Viewer


def become(email: str, me: Viewer | None, *, ip: str, agent: str, step: Step | None = None) -> str | None:
    """Begin a session of that person in place of the one in use and return the cookie's secret.

    None when the session in use is theirs already. The audit log says that it was the tour.
    """
    person = session.scalar(select(Person).where(Person.email == email, Person.state == PersonState.ACTIVE))
    if person is None:
        raise NotFound
    who = services.acting(person)
    if step is not None:
        audit.record("tour.opened", kind="tour", id=step.number, label=step.title, actor=who)
    if me is not None and me.person_id == person.id and not me.read_only:
        return None
    if me is not None:
        sessions.end_this_session(me)
    token = sessions.start_session(person, ip=ip, agent=agent)
    audit.record("person.logged_in", kind="person", id=person.id, label=f"{person.name} <{person.email}>",
                 partner_id=person.partner_id, reason="Changed person in the demo", actor=who)  # fmt: skip
    return token
