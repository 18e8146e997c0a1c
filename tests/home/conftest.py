"""The portal's home with a claim that waits and one that was approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.claims.queries import lock_claim
from portal.claims.review import services as review
from portal.core import clock
from portal.core.db import transaction
from tests.claims.world import NOW, World, file_claim, make_world
from tests.people import viewer_of


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[World]:
    """The cast, the sprint, 160 stars earned with FB-1042, FB-1043 waiting."""
    with clock.frozen(NOW):
        world = make_world(tmp_path / "files")
        approve(world, file_claim(world).id)
        file_claim(world, invoice_no="FB-1043", lines={"HL-U509": 2})
        yield world


def approve(world: World, claim_id: int) -> None:
    """Approve a claim as the channel manager."""
    manager = viewer_of(world.cast.channel_manager)
    with transaction():
        claim = lock_claim(manager, claim_id)
        review.approve_claim(claim, by=manager, version=claim.version, shown_points=claim.expected_points)
