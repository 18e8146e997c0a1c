"""Tests of play stand still on one day."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from tests.gamification.field import Field, make_field


@pytest.fixture(autouse=True)
def _one_day() -> Iterator[None]:
    with clock.frozen("2026-08-15T12:00:00+00:00"):
        yield


@pytest.fixture
def field(db: scoped_session[Session]) -> Field:
    """Shops, sellers and a sprint, on a bound database."""
    return make_field()
