"""One app a worker: its routes and templates are made once, and every test finds it as it was made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.core import clock
from portal.core import db as core_db
from tests.support.sign_in import recognize_test_clients

_made: list["SharedApp"] = []


def make_app(settings: Settings) -> Flask:
    """An app of its own; forms need no CSRF token."""
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    recognize_test_clients(made)
    return made


@contextmanager
def shared_app(settings: Settings) -> Iterator[Flask]:
    """This worker's app on the database and the data folder of these settings."""
    if not _made:
        _made.append(SharedApp(settings))
    _made[0].bind(settings)
    yield _made[0].app
    _made[0].check()


class SharedApp:
    """An app that every test finds as it was made: what a test sets in its configuration or extensions ends with it."""

    def __init__(self, settings: Settings) -> None:
        self.app = make_app(settings)
        self.settings = settings
        self.config = dict(self.app.config)
        self.extensions = dict(self.app.extensions)
        self.slots = {kind: list(items) for kind, items in self.extensions["slots"].items()}
        self.fixed = fixed_parts(self.app)

    def bind(self, settings: Settings) -> None:
        """Put the app back as it was made, on another database and another data folder."""
        own = replace(self.settings, data_dir=settings.data_dir, database_url=settings.database_url)
        assert settings == own, "The shared app takes another folder and another database, and nothing else."
        self.app.config.clear()
        self.app.config.update(self.config)
        self.app.extensions.clear()
        self.app.extensions.update(self.extensions, settings=settings)
        self.app.extensions["slots"] = {kind: list(items) for kind, items in self.slots.items()}
        clock.configure(settings.zone, settings.clock_start)
        core_db.init_engine(settings.database_url)

    def check(self) -> None:
        """Fail a test that changed what is not put back."""
        if fixed_parts(self.app) != self.fixed:
            _made.clear()
            raise AssertionError("This test changes the shared app: let it ask for `own_app`.")


def fixed_parts(app: Flask) -> list[Any]:
    """What no test may change in an app that others use after it."""
    hooks = (
        app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs, app.template_context_processors,
    )  # fmt: skip
    return [
        len(list(app.url_map.iter_rules())),
        dict(app.view_functions),
        [{name: list(found) for name, found in each.items() if found} for each in hooks],
        list(app.teardown_appcontext_funcs),
        dict(app.jinja_env.globals),
        dict(app.jinja_env.filters),
    ]
