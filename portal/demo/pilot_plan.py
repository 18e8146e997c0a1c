"""The demo's pilot: half of Canada's shops were tried with an accessories bonus through the last closed quarter."""

from __future__ import annotations

import datetime as dt

from portal.demo.calendar import add_quarters, quarter_start

PLAN = """\
# Tried with half of the shops first; the other half shows what would have been sold without it.
code: accessories-pilot
name: Accessories pilot Canada
kind: bonus
goal: Find out whether a bonus sells more accessories
effective: {{from: {since}, until: {until}}}
period: quarter
grace_days: 0
pay: {{in: CAD}}
eligibility: {{partner_types: [reseller], territories: [Canada]}}
pilot: {{percent: 50, seed: 7}}
qualify: {{categories: [Accessories], flow: sell_in}}
budget: {{amount: 3000, when_reached: warn}}
hold_days: 30
components:
  - {{code: accessories, method: percent, percent: 3}}
"""


def pilot_text(today: dt.date) -> str:
    """The plan over the last closed quarter."""
    until = quarter_start(today)
    return PLAN.format(since=add_quarters(until, -1), until=until)
