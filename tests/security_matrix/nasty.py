"""What nobody should type, as it comes over the wire: percent-encoded bytes."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from urllib.parse import quote_from_bytes

NASTY: dict[str, bytes] = {
    "nothing": b"",
    "NUL": b"a\x00b",
    "lone surrogate": b"a\xed\xa0\x80b",
    "broken UTF-8": b"\xff\xfe",
    "2^63": b"9223372036854775808",
    "5,000 digits": b"9" * 5000,
    "NaN": b"NaN",
    "1e400": b"1e400",
    "minus": b"-1",
    "right to left": "\u202eevil \u0663\u0664".encode(),
    "superscript": "\u00b2".encode(),
    "100 kB": b"x" * 100_000,
    "CRLF": b"/\r\nSet-Cookie: a=b",
    "quotes": b"'\"><script>alert(1)</script>{{7*7}}%s\\",
    "far day": b"9999-12-31",
    "first day": b"0001-01-01",
}


def encode(pairs: list[tuple[str, bytes]]) -> str:
    """A query string or form body of raw bytes."""
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs)


@cache
def asked_for(module: str) -> list[str]:
    """Every name that a views module reads from its address: `args.get("x")`, `args["x"]`, `filters=("x",)`."""
    path = Path(__file__).parents[2] / f"{module.replace('.', '/')}.py"
    names = {"q", "page", "sort", "size"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names.update(_names(node))
    return sorted(names)


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call) and "args" in ast.dump(node.func):
        return [one.value for one in node.args[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if isinstance(node, ast.Assign) and any(
        isinstance(name, ast.Name) and name.id == "FILTERS" for name in node.targets
    ):
        return _texts(node.value)
    if isinstance(node, ast.keyword) and node.arg == "filters":
        return _texts(node.value)
    if isinstance(node, ast.Subscript) and "args" in ast.dump(node.value):
        return _texts(node.slice)
    return []


def _texts(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
