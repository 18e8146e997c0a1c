"""Blueprints named by address: portal/claims/review/views.py:approve_claim is `claims.review.approve_claim`."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask


def room_blueprint(module: str) -> Blueprint:
    """A blueprint for a room's views; call it as `bp = room_blueprint(__name__)` in `views.py`.

    The dotted path of the room becomes the endpoint prefix. Templates lie in the room's `templates` folder.
    """
    room = module.removeprefix("portal.").removesuffix(".views")
    blueprint = Blueprint(room.replace(".", "_"), module, template_folder="templates")
    blueprint.name = room
    return blueprint


def register_rooms(app: Flask, rooms: list[str]) -> None:
    """Register the views of each room of the table; a room is a module path such as `portal.claims.review`."""
    for room in rooms:
        app.register_blueprint(importlib.import_module(f"{room}.views").bp)
