"""What is written on the door of every view: a permission, any signed-in person, or everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import request

from portal.core.errors import Forbidden
from portal.security.current import viewer
from portal.security.permissions import PERMISSIONS

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def requires(permission: str) -> Callable[[View], View]:
    """Only viewers whose role holds the permission may enter."""
    if permission not in PERMISSIONS:
        raise LookupError(f"{permission} is not in portal/security/permissions.py")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not viewer().can(permission):
                raise Forbidden
            _refuse_writing_as_another()
            return view(*args, **kwargs)

        marked: View = _mark(guarded, permission)
        return marked

    return decorate


def signed_in(view: View) -> View:
    """Anybody with an account may enter; the view itself scopes what is seen."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        viewer()
        _refuse_writing_as_another()
        return view(*args, **kwargs)

    marked: View = _mark(guarded, SIGNED_IN)
    return marked


def public(view: View) -> View:
    """Everybody may enter."""
    marked: View = _mark(view, PUBLIC)
    return marked


def leaves_view_as(view: View) -> View:
    """A signed-in door that may be used while viewing as somebody else (to stop doing so)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        viewer()
        return view(*args, **kwargs)

    marked: View = _mark(guarded, SIGNED_IN)
    return marked


def _refuse_writing_as_another() -> None:
    if request.method not in SAFE_METHODS and viewer().read_only:
        raise Forbidden("You are viewing as somebody else, so nothing can be changed. Stop viewing to act yourself.")


def _mark(guarded: Callable[..., Any], door: str) -> Any:
    guarded.door = door  # type: ignore[attr-defined]
    return guarded


def door_of(view: Callable[..., Any]) -> str | None:
    """What is written on a view's door; None when nothing is, which a test refuses."""
    return getattr(view, "door", None)
