"""Addresses for load balancers and monitors."""

from __future__ import annotations

from flask import Response, jsonify, make_response

from portal.home.health.queries import readiness
from portal.security.doors import public
from portal.web.rooms import room_blueprint

bp = room_blueprint(__name__)


@bp.get("/healthz")
@public
def show_health() -> Response:
    """The process answers."""
    return make_response(jsonify(status="ok"))


@bp.get("/readyz")
@public
def show_readiness() -> Response:
    """Database, schema and worker: 200 only when all three are well."""
    checks = readiness()
    ready = all(state == "ok" for state in checks.values())
    return make_response(jsonify(status="ok" if ready else "not ready", **checks), 200 if ready else 503)
