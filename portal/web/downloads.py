"""Files sent to people: always as attachments, never sniffed, cells never live formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Response, make_response, send_file

LIVE = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def inert(value: object) -> str:
    """A CSV cell that no spreadsheet runs as a formula; numbers stay numbers."""
    # A lone carriage return is not quoted by the csv module and would begin a new row.
    text = ("" if value is None else str(value)).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if text.lstrip(" ").startswith(LIVE) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    body = text[1:] if text[:1] in "+-" else text
    return bool(body) and body.replace(".", "", 1).isdigit() and body.isascii()


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV document with a header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def send_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV download."""
    response = make_response(csv_text(header, rows))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def send_stored_file(path: Path, *, name: str, content_type: str, inline: bool = False) -> Response:
    """A stored upload: an attachment in a sandbox; `inline` only for pictures this portal re-encoded itself."""
    response = send_file(path, mimetype=content_type, as_attachment=not inline, download_name=name, conditional=True)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"  # send_file allows keeping it
    return response
