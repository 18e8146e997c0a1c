"""Every test has an engine of its own; what SQLAlchemy made of a statement is shared by all tests of a worker."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, make_url

MakeEngine = Callable[..., Engine]
REMEMBERED = 2000


def sharing_statements(make_engine: MakeEngine) -> MakeEngine:
    """The same function, whose engines compile a statement once and not once an engine.

    A compiled statement belongs to a dialect, so engines of one kind are given one dialect: the first that has been
    connected, because a dialect asks its first connection about the server.
    """
    first: dict[tuple[str, object], Engine] = {}

    def make(url: str, **options: Any) -> Engine:
        if not options.keys() <= {"isolation_level"}:
            return make_engine(url, **options)
        engine = make_engine(url, query_cache_size=REMEMBERED, **options)
        key = (make_url(url).get_backend_name(), options.get("isolation_level"))
        known = first.setdefault(key, engine)
        if getattr(known.dialect, "server_version_info", None) is None:
            first[key] = engine
        else:
            engine.dialect = known.dialect
            engine._compiled_cache = known._compiled_cache
        return engine

    return make
