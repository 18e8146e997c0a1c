"""Reading what was typed into a claim: the shape of the input only."""

from __future__ import annotations

from collections.abc import Mapping

from portal.claims.submission.drafting import Typed, TypedLine

LONGEST_TYPED = 4000


def clean_text(text: str, *, lines: bool = False) -> str:
    """What was typed without control characters and broken signs, which no database keeps."""
    whole = text[:LONGEST_TYPED].encode("utf-8", "ignore").decode()
    return "".join(sign for sign in whole if sign.isprintable() or (lines and sign == "\n"))


def read_typed(form: Mapping[str, str]) -> Typed:
    """The fields and lines of the posted form; fields that are not in it stay as they were."""
    return Typed(
        invoice_no=_read(form, "invoice_no"),
        sold_on=_read(form, "sold_on"),
        end_customer=_read(form, "end_customer"),
        note=_read(form, "note", lines=True),
        lines=_read_lines(form),
    )


def _read(form: Mapping[str, str], name: str, *, lines: bool = False) -> str | None:
    return clean_text(form[name], lines=lines) if name in form else None


def _read_lines(form: Mapping[str, str]) -> dict[int, TypedLine]:
    found: dict[int, TypedLine] = {}
    for name in form:
        kind, _, number = name.partition("-")
        if kind in ("quantity", "serial") and number.isascii() and number.isdigit() and len(number) < 19:
            line_id = int(number)
            found[line_id] = TypedLine(
                quantity=_read(form, f"quantity-{number}"), serial_no=_read(form, f"serial-{number}")
            )
    return found


def read_id(text: str | None) -> int | None:
    """A row number from a form; anything unusable is no row."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
