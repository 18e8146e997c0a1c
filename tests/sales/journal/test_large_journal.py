"""A large journal is read in halves; what comes of it is the same."""

from collections.abc import Callable

import pytest

from portal.sales.imports.models import ImportJob
from portal.sales.journal import frames
from tests.sales.conftest import DAY, line


def test_a_journal_read_in_halves_is_the_same_journal(
    imported: Callable[..., ImportJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(*(line(f"L-{number}", number) for number in range(1, 8)))
    whole = frames.read_sales_frame()
    monkeypatch.setattr(frames, "LARGE", 1)
    assert frames.read_sales_frame().sort("line_id").equals(whole.sort("line_id"))
    assert frames.read_sales_frame(since=DAY).height == whole.height == 7
