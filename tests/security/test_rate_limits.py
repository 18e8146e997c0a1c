"""Limits are counted in the database, for all processes."""

import pytest

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import TooMany
from portal.security.rate_limits import forget, take


def test_the_try_beyond_the_limit_is_refused_until_time_has_passed(db):
    with clock.frozen("2026-11-22T10:00"):
        for _ in range(3):
            take("login", "ana", limit=3, minutes=5)
        with pytest.raises(TooMany, match="5 minutes"):
            take("login", "ana", limit=3, minutes=5)
        take("login", "rob", limit=3, minutes=5)
    with clock.frozen("2026-11-22T10:06"):
        take("login", "ana", limit=3, minutes=5)


def test_a_success_starts_the_count_anew(db):
    take("login", "ana", limit=1, minutes=5)
    with transaction():
        forget("login", "ana")
    take("login", "ana", limit=1, minutes=5)
