"""Reading CSV files in blocks of complete lines; a file that cannot be trusted is refused with place and mend."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import polars as pl

from portal.core.rows import RowError
from portal.sales.errors import FileRefused

BLOCK = 4 << 20
MAX_LINE = 1 << 16
MAX_UNPACKED = 4 << 30
SAVE_AS = "Save it as “CSV UTF-8 (comma delimited)” and try again."


@dataclass(frozen=True)
class Header:
    """The columns of a file: those that are known, by position, and those that are ignored."""

    names: tuple[str, ...]
    known: frozenset[str]

    @property
    def ignored(self) -> list[str]:
        """Columns nobody asked for; they are reported and left out."""
        return [name for name in self.names if name not in self.known]

    def has(self, name: str) -> bool:
        """Whether the file carries this known column."""
        return name in self.names and name in self.known


@dataclass
class Block:
    """Some rows of a file: text columns plus `line`, and the rows that have too many or too few cells."""

    frame: pl.DataFrame
    ragged: list[RowError] = field(default_factory=list)


class CsvFile:
    """A CSV file (plain or .gz) with a checked header; iterate `blocks()` for its rows."""

    def __init__(self, path: Path, *, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.path = path
        self.known = frozenset(required) | frozenset(optional)
        with _open(path) as stream:
            self.header = self._read_header(stream, required)

    def _read_header(self, stream: IO[bytes], required: Sequence[str]) -> Header:
        first = _first_line(stream)
        text = _decode(first, 1)
        names = tuple(name.strip().lower() for name in next(csv.reader([text]), []))
        _refuse_other_separator(names, text)
        for position, name in enumerate(names, start=1):
            if names.index(name) != position - 1:
                raise FileRefused(f"The column “{name}” appears twice. Keep one of them.", column=name)
        missing = [name for name in required if name not in names]
        if missing:
            self.refuse_missing(*missing)
        return Header(names, self.known)

    def refuse_missing(self, *names: str) -> None:
        """Refuse the file because these columns are missing."""
        listed = ", ".join(names)
        raise FileRefused(f"The header lacks: {listed}. Add it; the order of columns is free.", column=names[0])

    def blocks(self) -> Iterator[Block]:
        """All rows in file order, some ten thousand at a time; numbers in `line` are those of the file."""
        with _open(self.path) as stream:
            for line, data in _records(stream):
                header = len(_first_line(io.BytesIO(data), keep=True)) if line == 1 else 0
                if data[header:].strip():
                    yield self._parse(2 if line == 1 else line, data[header:])

    def _parse(self, line: int, data: bytes) -> Block:
        text = _decode(data, line)
        rows = data.count(b"\n")
        width = len(self.header.names)
        regular = b'"' not in data and width > 1 and data.count(b",") == rows * (width - 1)
        if regular:
            try:
                return Block(self._columns(data, line))
            except pl.exceptions.PolarsError:
                pass  # one row has too many cells and another too few: look at each
        return self._parse_rows(text, line)

    def _columns(self, data: bytes, line: int) -> pl.DataFrame:
        frame = pl.read_csv(
            data, has_header=False, new_columns=list(self.header.names), infer_schema=False, quote_char=None,
            empty_string_is_null=False,
        )  # fmt: skip
        return self._select(frame, pl.int_range(line, line + frame.height, dtype=pl.Int32, eager=True))

    def _parse_rows(self, text: str, line: int) -> Block:
        """The careful way, row by row: quoted cells, blank lines, rows of another width."""
        width = len(self.header.names)
        kept: list[list[str]] = []
        lines: list[int] = []
        ragged: list[RowError] = []
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        begins = line
        try:
            for row in reader:
                if len(row) == width:
                    kept.append(row)
                    lines.append(begins)
                elif row:
                    ragged.append(_ragged(row, begins, self.header.names))
                begins = line + reader.line_num
        except csv.Error as error:
            raise FileRefused(
                f'A quote is not closed or stands inside a cell ({error}). Double it as “""” inside quoted cells.',
                line=begins,
            ) from error
        columns = list(zip(*kept, strict=True)) if kept else [()] * width
        frame = pl.DataFrame(
            {
                name: pl.Series(name, column, dtype=pl.String)
                for name, column in zip(self.header.names, columns, strict=True)
            }
        )
        return Block(self._select(frame, pl.Series("line", lines, dtype=pl.Int32)), ragged)

    def _select(self, frame: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
        wanted = [name for name in self.header.names if name in self.known]
        return frame.select(pl.col(wanted).str.strip_chars()).with_columns(lines.alias("line"))


def _ragged(row: list[str], line: int, names: Sequence[str]) -> RowError:
    column = names[min(len(row), len(names)) - 1]
    reason = f"The row has {len(row)} cells and the header {len(names)}. Quote cells that contain a comma."
    return RowError(line, column, ",".join(row)[:80], reason)


def _refuse_other_separator(names: Sequence[str], text: str) -> None:
    for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(names) == 1 and sign in text:
            raise FileRefused(f"Columns are separated by {word}; commas are needed. {SAVE_AS}", column=names[0][:40])


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _read(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused("The .gz file is damaged or cut off. Pack it again.") from error


def _first_line(stream: IO[bytes], *, keep: bool = False) -> bytes:
    start = _read(stream, MAX_LINE + 4)
    if not start.strip():
        raise FileRefused("The file is empty. Its first line must name the columns.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(f"The file is written in UTF-16. {SAVE_AS}")
    ends = [place for place in (start.find(b"\n"), start.find(b"\r")) if place >= 0]
    end = min(ends, default=len(start))
    if not ends and len(start) > MAX_LINE:
        raise FileRefused(f"The line is longer than {MAX_LINE:,} characters, so this is no CSV file of this kind.")
    if keep:
        return start[: end + (2 if start[end : end + 2] == b"\r\n" else 1)]
    return start[:end].removeprefix(b"\xef\xbb\xbf")


def _records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Blocks that end where a row ends, with the number of their first line; line ends are made one kind."""
    line, carry, seen = 1, b"", 0
    while raw := _read(stream, BLOCK):
        seen += len(raw)
        if seen > MAX_UNPACKED:
            raise FileRefused(f"The file unpacks to more than {MAX_UNPACKED >> 30} GiB. Split it.", line=line)
        if raw.endswith(b"\r"):
            raw += _read(stream, 1)
        data = carry + _one_line_end(raw)
        cut = _cut(data, line)
        if cut:
            yield line, data[:cut]
            line += data.count(b"\n", 0, cut)
        carry = data[cut:]
    if carry:
        if carry.count(b'"') % 2:
            raise FileRefused("A quote is opened here and never closed.", line=line)
        yield line, carry + (b"" if carry.endswith(b"\n") else b"\n")


def _one_line_end(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in raw else raw


def _cut(data: bytes, line: int) -> int:
    """Where the last complete row ends; refuses rows beyond the limit."""
    quoted = b'"' in data
    parts = data.split(b"\n")
    last = len(parts) - 1
    cut = place = quotes = 0
    for number, part in enumerate(parts):
        if place - cut + len(part) > MAX_LINE:
            reason = f"A row is longer than {MAX_LINE:,} characters; perhaps a quote is never closed."
            raise FileRefused(reason, line=line + number)
        place += len(part) + 1
        quotes += part.count(b'"') if quoted else 0
        if quotes % 2 == 0 and number < last:
            cut = place
    return cut


def _decode(data: bytes, line: int) -> str:
    if b"\x00" in data:
        place = data.index(b"\x00")
        raise FileRefused(
            f"There is a NUL character; the file is damaged or written in UTF-16. {SAVE_AS}",
            line=line + data.count(b"\n", 0, place), column=_column_at(data, place),
        )  # fmt: skip
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"The byte 0x{data[error.start]:02X} is not UTF-8; the file looks like Windows-1252. {SAVE_AS}",
            line=line + data.count(b"\n", 0, error.start), column=_column_at(data, error.start),
        ) from error  # fmt: skip


def _column_at(data: bytes, place: int) -> str:
    """The number of the column in which a byte stands, counted by commas."""
    begin = data.rfind(b"\n", 0, place) + 1
    return str(data.count(b",", begin, place) + 1)
