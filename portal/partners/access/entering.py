"""What makes a browser be somebody: a session at the server and its secret in the cookie."""

from __future__ import annotations

from flask import request
from flask import session as cookie
from flask_login import login_user

from portal.core.db import transaction
from portal.partners.access import services, sessions
from portal.partners.access.loader import SignedIn
from portal.partners.people.models import Person
from portal.security.current import forget_viewer


def enter_by_link(person: Person) -> None:
    """Log the owner of a mailed link in; whatever the cookie held before is forgotten."""
    with transaction():
        services.complete_link_log_in(person)
        token = sessions.start_session(
            person, ip=request.remote_addr or "", agent=request.headers.get("User-Agent", "")
        )
    carry(token, person)


def carry(token: str, person: Person) -> None:
    """Put a fresh secret into the cookie; of what it held before only the same person's open forms stay valid."""
    forms = cookie.get("csrf_token") if sessions.find_owner(cookie.get("_user_id", "")) == person.id else None
    cookie.clear()
    login_user(SignedIn(token, None))
    if forms is not None:
        cookie["csrf_token"] = forms
    forget_viewer()
