"""The viewer of this request. `app.py` installs the loader; rooms only ask."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, g, has_request_context

from portal.core.errors import PortalError
from portal.security.viewer import Viewer


class SignInNeeded(PortalError):
    """The page is for people who have signed in."""

    status = 401
    code = "sign_in"


def install_loader(app: object, loader: Callable[[], Viewer | None]) -> None:
    """Say how the viewer of a request is found; called once by create_app."""
    app.extensions["viewer_loader"] = loader  # type: ignore[attr-defined]


def find_viewer() -> Viewer | None:
    """The viewer, or None when nobody is signed in."""
    if not has_request_context():
        return None
    if "viewer" not in g:
        loader = current_app.extensions.get("viewer_loader")
        g.viewer = loader() if loader else None
    viewer: Viewer | None = g.viewer
    return viewer


def viewer() -> Viewer:
    """The viewer; raises SignInNeeded when nobody is signed in."""
    found = find_viewer()
    if found is None:
        raise SignInNeeded("Log in to see this page.")
    return found


def forget_viewer() -> None:
    """Look again at the next question; used when logging in and out."""
    g.pop("viewer", None)
