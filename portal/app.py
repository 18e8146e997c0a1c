"""The application: settings, extensions, rooms. Tables, no logic."""

from __future__ import annotations

import gc
from importlib.util import find_spec

from flask import Flask, has_request_context, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from portal import tables
from portal.audit import services as audit
from portal.config import Settings, load_settings, require_secret
from portal.core import clock, db
from portal.partners.access.loader import install_login
from portal.security.headers import install_headers, static_headers
from portal.web.converters import install_converters
from portal.web.errors import install_errors
from portal.web.filters import install_filters
from portal.web.navigation import install_navigation
from portal.web.rooms import register_rooms
from portal.web.slots import install_slots

ROOMS = [
    "portal.home",
    "portal.home.health",
    "portal.home.search",
    "portal.audit",
    "portal.partners.access",
    "portal.partners.onboarding",
    "portal.partners.organizations",
    "portal.partners.people",
    "portal.partners.joining",
    "portal.partners.access_review",
    "portal.partners.limits",
    "portal.partners.tiers",
    "portal.partners.supply",
    "portal.partners.certificates",
    "portal.partners.spif",
    "portal.partners.territories",
    "portal.sales.products",
    "portal.sales.journal",
    "portal.sales.imports",
    "portal.sales.matching",
    "portal.sales.reporting",
    "portal.ledger",
    "portal.programs.definitions",
    "portal.programs.studio",
    "portal.programs.calendar",
    "portal.programs.ending",
    "portal.programs.pilots",
    "portal.programs.statements",
    "portal.programs.target_sheets",
    "portal.programs.exceptions",
    "portal.programs.closing",
    "portal.programs.mergers",
    "portal.programs.simulation",
    "portal.programs.rollouts",
    "portal.programs.enrollments",
    "portal.programs.participation",
    "portal.programs.estimator",
    "portal.claims.submission",
    "portal.claims.review",
    "portal.rewards.catalog",
    "portal.rewards.redemption",
    "portal.rewards.fulfillment",
    "portal.gamification.badges",
    "portal.gamification.leaderboards",
    "portal.gamification.levels",
    "portal.notifications",
    "portal.demo",
]
MAX_REQUEST = 11 * 1024 * 1024
csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; without settings they are read from the environment."""
    settings = settings or load_settings()
    app = Flask("portal", template_folder="templates", static_folder="static")
    configure(app, settings)
    clock.configure(settings.zone, settings.clock_start)
    tables.load()
    db.init_engine(settings.database_url)
    csrf.init_app(app)
    install_login(app)
    install_headers(app, secure=settings.secure_cookies)
    install_converters(app)
    install_errors(app, audit.record_refused_access)
    install_filters(app)
    install_navigation(app)
    rooms = [room for room in ROOMS if settings.demo or room != "portal.demo"]
    register_rooms(app, rooms)
    install_slots(app, [room for room in rooms if has_slots(room)])
    audit.set_origin(lambda: request.remote_addr if has_request_context() else None)
    app.teardown_appcontext(lambda _error: db.session.remove())
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Cookies, sizes, static files."""
    secure = settings.secure_cookies
    app.config.update(
        SECRET_KEY=require_secret(settings),
        SESSION_COOKIE_NAME="__Host-portal" if secure else "portal",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=500,
        WTF_CSRF_TIME_LIMIT=8 * 3600,
        WTF_CSRF_SSL_STRICT=secure,
        TESTING=settings.testing,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.debug = False  # whatever the environment says: tracebacks are for the log
    app.extensions["settings"] = settings
    app.jinja_options["trim_blocks"] = True
    app.jinja_options["lstrip_blocks"] = True
    app.jinja_env.autoescape = True
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=app.static_folder, prefix="static/", max_age=3600, allow_all_origins=False,
        add_headers_function=static_headers(secure=secure),
    )  # fmt: skip
    if secure:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]


def has_slots(room: str) -> bool:
    """Whether the room offers something to pages below it; rooms leave out files that would be empty."""
    return find_spec(f"{room}.slots") is not None


def freeze_after_start() -> None:
    """Keep start-up objects out of every later garbage collection; a server calls it once before forking."""
    gc.collect()
    gc.freeze()
