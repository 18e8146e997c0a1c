"""PDF documents drawn in the look of the product: a template of a room, filled with plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from flask import Response, make_response

PORTAL = Path(__file__).resolve().parent.parent
FONTS = PORTAL / "static" / "vendor"


def paper_pdf(template: Path, document: Mapping[str, Any]) -> bytes:
    """The PDF of a Typst template below `portal/`, which reads the document as JSON from `sys.inputs.document`.

    Searchable and tagged for screen readers; the same document gives the same bytes.
    """
    text = json.dumps(document, ensure_ascii=False)
    made = typst.compile(
        template, root=PORTAL, font_paths=[FONTS], sys_inputs={"document": text}, format="pdf", timestamp=0
    )
    return bytes(made)


def send_pdf(name: str, content: bytes) -> Response:
    """A PDF download."""
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
