"""Pages of lists, and stored files."""

from pathlib import Path

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.files import remove_stored, store_bytes
from portal.core.heartbeat import Heartbeat
from portal.core.paging import clamp_page, paginate


def test_a_page_past_the_end_shows_the_last_one(db):
    with transaction():
        session.add_all(Heartbeat(name=f"h{n:02}", at=clock.now()) for n in range(30))
    found = paginate(session(), select(Heartbeat).order_by(Heartbeat.name), page=9, size=25)
    assert (found.number, found.pages, found.first, found.last) == (2, 2, 26, 30)
    assert found.has_previous
    assert not found.has_next


def test_an_empty_list_has_one_page(db):
    found = paginate(session(), select(Heartbeat.name), scalars=False)
    assert (found.pages, found.first, found.last, found.total) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("0", 1), ("-2", 1), ("x", 1), (None, 1), ("9" * 50, 1), ("٣", 1)]
)
def test_a_strange_page_number_means_the_first(text: str | None, number: int):
    assert clamp_page(text) == number


def test_a_stored_file_is_whole_and_goes(tmp_path: Path):
    folder = tmp_path / "files"
    name = store_bytes(folder, b"%PDF-1.7", ".pdf")
    assert (folder / name).read_bytes() == b"%PDF-1.7"
    assert [path.name for path in folder.iterdir()] == [name]
    remove_stored(folder, name)
    remove_stored(folder, name)
    assert list(folder.iterdir()) == []
