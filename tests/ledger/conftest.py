"""The ledger's tests stand still on one day."""

from collections.abc import Iterator

import pytest

from portal.core import clock
from tests.ledger.cast import NOON


@pytest.fixture(autouse=True)
def _one_day() -> Iterator[None]:
    with clock.frozen(NOON):
        yield
