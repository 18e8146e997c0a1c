"""A statement's sale lines as rows of a file, figures in major units."""

from __future__ import annotations

from collections.abc import Iterator

from portal.programs.runs.explanations import ComponentTrace, Explained, TraceLine, major
from portal.programs.statements.documents import Document


def line_rows(document: Document) -> Iterator[list[object]]:
    """One row a line and component: counted with measure and share, or not counted with the reason."""
    for told in document.told:
        for trace in told.components:
            for line in [*trace.counted, *trace.not_counted]:
                yield _row(told, trace, line)


def _row(told: Explained, trace: ComponentTrace, line: TraceLine) -> list[object]:
    fact = line.fact
    return [
        told.program.code, trace.fact.component, fact.source, fact.external_id, line.invoice_no or "",
        line.sold_on.isoformat(), fact.sku, line.product, fact.quantity, "yes" if fact.counted else "no", fact.reason,
        major(fact.measure, trace.fact.measure_unit), "" if fact.share is None else major(fact.share, told.unit),
        told.unit,
    ]  # fmt: skip
