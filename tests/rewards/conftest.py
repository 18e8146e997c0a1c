"""The cast of the rewards' tests."""

import pytest
from sqlalchemy.orm import Session, scoped_session

from tests.people import Cast, add_cast


@pytest.fixture
def cast(db: scoped_session[Session]) -> Cast:
    """Two shops and everybody who works with them, on a bound database."""
    return add_cast()
