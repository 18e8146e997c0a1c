"""Addresses that never change are made once: a page draws some sixty of them."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, has_request_context, request, url_for


def address_of(endpoint: str, **values: Any) -> str:
    """The address of an endpoint; those of static files and of pages without arguments are remembered."""
    fixed = not values or (endpoint == "static" and values.keys() == {"filename"})
    if not fixed or endpoint.startswith(".") or not has_request_context():
        return url_for(endpoint, **values)
    known: dict[tuple[str, ...], str] = current_app.extensions.setdefault("addresses", {})
    key = (request.script_root, endpoint, *values.values())
    address = known.get(key)
    if address is None:
        address = known[key] = url_for(endpoint, **values)
    return address


def install_addresses(app: Flask) -> None:
    """Let templates, where `url_for` is called most, remember too."""
    app.jinja_env.globals["url_for"] = address_of
