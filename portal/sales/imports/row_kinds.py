"""Files of few rows (partners, products, rates, activities): each kind names its columns and who brings them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portal.core.rows import RowError
from portal.partners.certificates import importing as certificates
from portal.partners.organizations import importing as partners
from portal.sales.activities import importing as activities
from portal.sales.end_customers import importing as end_customers
from portal.sales.imports.reading import CsvFile
from portal.sales.products import importing as products
from portal.sales.rates import importing as rates
from portal.security.viewer import Viewer

Rows = Iterable[tuple[int, Mapping[str, str]]]


class Outcome(Protocol):
    """What became of one row: new, same, changed, conflict or error."""

    @property
    def line(self) -> int:
        """The row's line in the file."""

    @property
    def outcome(self) -> str:
        """What the row did."""

    @property
    def errors(self) -> tuple[RowError, ...]:
        """The complaints about the row."""


class ImportRows(Protocol):
    """Bring rows in and say per row what happened; with `dry_run` write nothing."""

    def __call__(self, rows: Rows, source: str, by: Viewer, *, dry_run: bool) -> Sequence[Outcome]: ...


@dataclass(frozen=True)
class RowKind:
    """A kind of file whose rows are looked at one by one."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    import_rows: ImportRows | Callable[..., Sequence[Outcome]]


KINDS: dict[str, RowKind] = {
    "partners": RowKind(
        ("code", "name", "currency"), (*partners.COLUMNS, *partners.OPTIONAL_COLUMNS), partners.import_rows
    ),
    "products": RowKind(products.REQUIRED, products.OPTIONAL, products.import_rows),
    "fx": RowKind(rates.REQUIRED, rates.OPTIONAL, rates.import_rows),
    "certificates": RowKind(certificates.REQUIRED, certificates.OPTIONAL, certificates.import_rows),
    "end_customers": RowKind(end_customers.REQUIRED, end_customers.OPTIONAL, end_customers.import_rows),
    "activities": RowKind(activities.REQUIRED, activities.OPTIONAL, activities.import_rows),
}


def register_kind(name: str, kind: RowKind) -> None:
    """Let a room above bring its own kind of file, such as targets."""
    KINDS[name] = kind


def open_row_file(path: Path, kind: str) -> CsvFile:
    """The file with its header checked."""
    return CsvFile(path, required=KINDS[kind].required, optional=KINDS[kind].optional)


def read_row_file(file: CsvFile, ragged: list[RowError]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows with their line numbers; rows of another width go to `ragged`."""
    for block in file.blocks():
        ragged += block.ragged
        for row in block.frame.iter_rows(named=True):
            yield row["line"], {name: cell for name, cell in row.items() if name != "line"}
