"""The world of claims' tests, at 10:41 on a Thursday."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from tests.claims.world import NOW, World, make_world


@pytest.fixture
def world(db: scoped_session[Session], tmp_path: Path) -> Iterator[World]:
    """The cast, products and the sprint."""
    with clock.frozen(NOW):
        yield make_world(tmp_path / "files")


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[World]:
    """The same world behind the pages."""
    with clock.frozen(NOW):
        yield make_world(tmp_path / "files")
