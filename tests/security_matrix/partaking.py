"""Rows of taking part in programs: a receipt and an exception of the first shop's, and a calculation asked for."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.ids import digest
from portal.programs.closing.models import CalculationTask
from portal.programs.definitions.models import Program
from portal.programs.enrollments.models import TermsAcceptance
from portal.programs.exceptions.models import ProgramException
from portal.programs.target_sheets.models import TargetNotice
from tests.people import Cast


def add_partaking(cast: Cast) -> dict[str, int | str]:
    """The first shop accepted a text of the sprint; its seller's exception waits."""
    with transaction():
        program_id = session.scalars(select(Program.id).where(Program.code == "helmet-sprint")).one()
        receipt = TermsAcceptance(
            program_id=program_id, version_number=1, partner_id=cast.shop.id, terms_digest=digest("The terms."),
            by_person_id=cast.partner_admin.id, by_name=cast.partner_admin.name, accepted_at=clock.now(),
            accepted_on=clock.today(),
        )  # fmt: skip
        session.add(receipt)
        asked = ProgramException(
            program_id=program_id, period_start=dt.date(2026, 10, 22), owner_id=cast.seller.owner_id,
            participant_code=cast.seller.email, participant_name=cast.seller.name, unit="points", amount=40,
            dated=clock.today(), reason="Agreed at the fair", asked_by_id=cast.second_manager.id,
            asked_by_name=cast.second_manager.name, asked_at=clock.now(),
        )  # fmt: skip
        task = CalculationTask(
            program_code="helmet-sprint", asked_by_id=cast.finance.id, asked_by_name=cast.finance.name,
            asked_at=clock.now(),
        )  # fmt: skip
        target = TargetNotice(
            program_id=program_id, component="helmets", participant_kind="partner", participant_id=cast.shop.id,
            period_start=dt.date(2026, 10, 22), target=10_000, sent_at=clock.now(), sent_by_name="Sam Idris",
        )  # fmt: skip
        session.add_all([asked, task, target])
        session.flush()
        return {"receipt": receipt.id, "exception": asked.id, "task": task.id, "target": target.id}
