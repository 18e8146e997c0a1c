"""Two approvers press at the same moment: one wins, the other is told, and the stars are posted once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from portal.claims.errors import ClaimChanged
from portal.claims.queries import lock_claim
from portal.claims.review import services
from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.queries import balances
from portal.security.viewer import Viewer
from tests.claims.world import NOW, World, file_claim
from tests.people import viewer_of


def test_of_two_approvals_at_once_one_wins_and_the_other_is_told_in_words(world: World):
    claim = file_claim(world)
    approvers = [viewer_of(world.cast.channel_manager), viewer_of(world.cast.second_manager)]
    owner_id = world.cast.seller.owner_id
    session.remove()
    together = Barrier(2)

    def press(viewer: Viewer) -> str:
        with clock.frozen(dt.datetime.fromisoformat(NOW)):
            together.wait()
            try:
                with transaction():
                    locked = lock_claim(viewer, claim.id)
                    services.approve_claim(locked, by=viewer, version=claim.version, shown_points=160)
            except ClaimChanged as refusal:
                return refusal.sentence
            finally:
                session.remove()
        return "approved"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, approvers))
    assert answers[1] == "approved"
    assert "decided claim" in answers[0]
    found = balances(owner_id)["points"]
    assert found.available + found.pending == 160
