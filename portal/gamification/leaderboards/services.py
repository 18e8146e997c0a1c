"""A person's own choice of being named on boards."""

from __future__ import annotations

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Forbidden
from portal.core.events import emit
from portal.gamification.leaderboards.events import BoardConsentChanged
from portal.gamification.leaderboards.models import BoardConsent
from portal.security.viewer import SYSTEM, Viewer


def set_consent(person_id: int, show_name: bool, *, by: Viewer = SYSTEM) -> bool:
    """Let other shops see the name on boards, or no longer; only the person decides. Says whether it changed."""
    if by is not SYSTEM and by.person_id != person_id:
        raise Forbidden("Only you decide whether your name is shown.")
    consent = session.get(BoardConsent, person_id, populate_existing=True)
    if consent is None:
        consent = BoardConsent(person_id=person_id, show_name=False, changed_at=clock.now())
        session.add(consent)
    if consent.show_name == show_name:
        return False
    consent.show_name, consent.changed_at = show_name, clock.now()
    session.flush()
    audit.record(
        "consent.changed", kind="person", id=person_id, label="Name on boards", before={"show_name": not show_name},
        after={"show_name": show_name}, actor=by,
    )  # fmt: skip
    emit(BoardConsentChanged(person_id=person_id, show_name=show_name))
    return True
