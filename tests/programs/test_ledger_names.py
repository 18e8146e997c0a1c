"""The pages of the ledger speak of people and shops, and every posted earning leads to its explanation."""

import pytest
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session
from portal.ledger.models import LedgerEntry
from portal.ledger.naming import earning_url, names_of
from portal.ledger.queries import get_owner_by_code
from portal.programs.runs.jobs import run_full
from portal.security.viewer import SYSTEM
from tests.programs.channel import make_channel, sell

pytestmark = pytest.mark.one_database


def test_owners_have_names_and_an_earning_opens(app):
    with app.test_request_context(), clock.frozen("2026-08-10T10:00"):
        channel = make_channel()
        sell(channel, "WB-1", 10, 202177, "2026-07-14")
        run_full()
        shop = get_owner_by_code(SYSTEM, "partner", "SHOP")
        ana = get_owner_by_code(SYSTEM, "person", "ana@shop.example")
        assert names_of([shop, ana]) == {shop.id: "Friendly Bike Shop", ana.id: "Ana Ruiz"}
        entry = session.scalars(select(LedgerEntry)).first()
        assert earning_url(entry) == "/programs/volume/earnings/SHOP/2026-07-01"
        entry.earning_key = "adjusted by hand"
        assert earning_url(entry) is None
        session.rollback()
