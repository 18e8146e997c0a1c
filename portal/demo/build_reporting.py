"""Who owes which file in the demo: the vendor's own system, ten distributors, and the treasury's exchange rates."""

from __future__ import annotations

import datetime as dt

from portal.core.db import transaction
from portal.demo.build_base import partners_by_code
from portal.demo.build_programs import viewer
from portal.demo.calendar import add_quarters, quarter_start
from portal.demo.generate_supply import DISTRIBUTORS
from portal.sales.reporting.queries import reports_of
from portal.sales.reporting.services import add_duty, answer_gap

MANAGER, FINANCE = "manager@demo.example", "finance@demo.example"
NOTHING = "Confirmed by phone: no deliveries in this month"


def build(today: dt.date) -> None:
    """Plan the files; what did not come before this quarter has been signed off, so that closed quarters are whole."""
    current = quarter_start(today)
    with transaction():
        by, begin = viewer(MANAGER), add_quarters(current, -2)
        add_duty(
            source="erp", rhythm="month", due_days=3, contact_name="Order desk", contact_email="erp@demo.example",
            valid_from=begin, by=by,
        )  # fmt: skip
        add_duty(
            source="treasury", kind="fx", rhythm="month", due_days=3, contact_name="Treasury",
            contact_email="treasury@demo.example", valid_from=current, by=by,
        )  # fmt: skip
        partners = partners_by_code()
        for code, name, _, _, _ in DISTRIBUTORS:
            duty = add_duty(
                source="distributor", flow="sell_through", rhythm="month", due_days=5, contact_name=f"{name}, reports",
                contact_email=f"{code.lower()}@distributors.example", valid_from=begin,
                partner_id=partners[code].id, by=by,
            )  # fmt: skip
            for report in reports_of([duty]):
                if report.is_gap and report.period.until <= current:
                    answer_gap(report, answer="nothing_sold", reason=NOTHING, by=viewer(FINANCE))
