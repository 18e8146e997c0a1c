"""What may stand in an address: row numbers a database can hold, texts it can compare. Anything else is a 404."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter


class RowNumber(IntegerConverter):
    """A number of at most 18 ASCII digits: databases refuse what is larger than 2^63 - 1."""

    regex = "[0-9]{1,18}"


class Code(UnicodeConverter):
    """A text without NUL, which PostgreSQL refuses."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **kwargs)
        self.regex = "[^/\x00]{1,400}"


def install_converters(app: Flask) -> None:
    """Let `<int:…>` and `<…>` of every rule mean these."""
    app.url_map.converters.update({"int": RowNumber, "default": Code, "string": Code})
