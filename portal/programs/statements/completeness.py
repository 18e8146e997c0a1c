"""Whether a statement was computed on complete data: the sales files it went without, and who signed that off."""

from __future__ import annotations

from portal.core import clock
from portal.programs.statements.documents import Document
from portal.sales.journal.models import Flow
from portal.sales.reporting.queries import Gap, list_gaps

USUAL = {"partner": Flow.SELL_IN.value, "person": Flow.SELL_OUT.value}


def gaps_of(document: Document) -> list[Gap]:
    """The files that were owed about the quarter and not there when the statement was computed.

    That is the moment of the lock, the day the statement is looked at from, or now. Only flows that its programs
    count matter.
    """
    who, quarter = document.participant, document.quarter
    flows = {USUAL[who.kind]} | {str(one.plan.qualify.flow) for one in document.told if one.plan.qualify.flow}
    as_of = document.locked_at or document.known_at or clock.now()
    return list_gaps(who.partner_id, flows, quarter.start, quarter.until, as_of)
