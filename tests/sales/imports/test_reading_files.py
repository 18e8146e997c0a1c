"""Files that cannot be trusted are refused with line, column, reason and mend; nothing is stored, memory stays flat."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from portal.sales.errors import FileRefused
from portal.sales.imports import reading
from portal.sales.imports.reading import CsvFile


def read(path: Path) -> list[tuple[int, str, str]]:
    """Rows of a file of two columns: line, a, b."""
    rows = []
    for block in CsvFile(path, required=["a", "b"]).blocks():
        rows += [(row["line"], row["a"], row["b"]) for row in block.frame.iter_rows(named=True)]
        rows += [(error.line, "ragged", error.column) for error in block.ragged]
    return sorted(rows)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Line 1: The file is empty."),
        (b"  \n", "Line 1: The file is empty."),
        ("a,b\n1,2\n".encode("utf-16"), "Line 1: The file is written in UTF-16."),
        ("a,b\n1,é\n".encode("cp1252"), "Line 2, column 2: The byte 0xE9 is not UTF-8"),
        (b"a,b\n1,2\n3,\x004\n", "Line 3, column 2: There is a NUL character"),
        (b"a;b\n1;2\n", "Line 1, column a;b: Columns are separated by semicolons"),
        (b"a\tb\n1\t2\n", "Columns are separated by tabs"),
        (b"a,b,a\n1,2,3\n", "Line 1, column a: The column “a” appears twice."),
        (b"a,c\n1,2\n", "Line 1, column b: The header lacks: b."),
        (b'a,b\n1,"x\n2,3\n', "Line 2: A quote is opened here and never closed."),
        (b'a,b\n1,"x"y\n"z",3\n', "Line 2: A quote is not closed or stands inside a cell"),
        (b"a,b\n1," + b"x" * 50_000_000, "Line 2: A row is longer than 65,536 characters"),
        (b"a" * 70_000, "Line 1: The line is longer than 65,536 characters"),
        (b'a,b\n1,"' + b"x\n" * 5_000_000 + b'"\n', "A row is longer than 65,536 characters"),
        (b"\x1f\x8bno gzip", "Line 1: The .gz file is damaged or cut off."),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_in_words(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        read(path)
    assert sentence in refused.value.sentence


def test_marks_line_ends_quotes_and_blank_lines_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes('\ufeffA , b\r\n1,"x\r\ny"\r\r\n2, 3 \r\n4,5,6\n7\n"8","9""q"'.encode())
    assert read(path) == [(2, "1", "x\ny"), (5, "2", "3"), (6, "ragged", "b"), (7, "ragged", "a"), (8, "8", '9"q')]


def test_a_short_and_a_long_row_do_not_hide_each_other(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1\n1,2,3\n4,5\n")
    assert read(path) == [(2, "ragged", "a"), (3, "ragged", "b"), (4, "4", "5")]


def test_packed_files_and_blocks_keep_the_files_own_line_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 16)
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\r\n" + b"".join(b'%d,"v%d"\r\n' % (n, n) for n in range(50))))
    assert read(path) == [(n + 2, str(n), f"v{n}") for n in range(50)]


def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 10_000)
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    with pytest.raises(FileRefused, match="unpacks to more than"):
        read(path)


def test_a_file_of_one_column_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a\n1\n\n2\n")
    blocks = list(CsvFile(path, required=["a"]).blocks())
    assert blocks[0].frame.rows() == [("1", 2), ("2", 4)]


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a,b")
    assert read(path) == []
