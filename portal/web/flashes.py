"""One sentence told once at the top of the next page."""

from __future__ import annotations

from typing import Literal

from flask import flash

Tone = Literal["ok", "info", "warn", "stop", "earn"]


def tell(sentence: str, tone: Tone = "ok") -> None:
    """Say a sentence on the next page the person sees."""
    flash(sentence, tone)
