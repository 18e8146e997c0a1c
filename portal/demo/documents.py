"""Sample evidence: invoices as PDF, and as photos a phone would take of them."""

import io
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import typst
from PIL import Image, ImageFilter

from portal.demo.examples import partner_by_code, read_rows
from portal.demo.generate_claims import Claim, ClaimLine
from portal.demo.generate_people import ANA_SHOP
from portal.demo.prices import list_price
from portal.demo.source import to_major

TEMPLATE = Path(__file__).with_name("invoice.typ")
SAMPLE_NUMBER, SAMPLE_FILE = "FB-1042", "FB-1042.pdf"
SAMPLE_ITEMS = (("HL-U509", 3), ("HL-U509-R", 1), ("WB-H098", 1))  # what the walk files: four helmets and a bottle
DESK, PAPER_TILT, PHOTO_DPI = (74, 62, 52), 2.5, 92.0


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an invoice shows; without a day it can be used on any day."""

    shop: str
    number: str
    sold_on: date | None
    currency: str
    lines: tuple[ClaimLine, ...]
    customer: str = ""


@cache
def _names() -> dict[str, str]:
    return {row["sku"]: row["name"] for row in read_rows("products.csv")}


def _document(invoice: Invoice) -> str:
    partner = partner_by_code()[invoice.shop]
    lines = [
        {"sku": line.sku, "name": _names()[line.sku], "quantity": str(line.quantity), "serial": line.serial_no,
         "each": to_major(line.amount // line.quantity), "amount": to_major(line.amount)}
        for line in invoice.lines
    ]  # fmt: skip
    return json.dumps({
        "shop": partner["name"], "place": f"{partner['territory']}, {partner['country']}", "number": invoice.number,
        "day": invoice.sold_on.isoformat() if invoice.sold_on else "", "customer": invoice.customer,
        "currency": invoice.currency, "total": to_major(sum(line.amount for line in invoice.lines)), "lines": lines,
    })  # fmt: skip


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice as a one-page PDF."""
    return bytes(typst.compile(TEMPLATE, sys_inputs={"invoice": _document(invoice)}, format="pdf"))


def invoice_photo(invoice: Invoice, *, cut_off: bool = False) -> bytes:
    """The invoice as a phone photo (JPEG): a little tilted, on a desk; `cut_off` loses its top with the number."""
    page = typst.compile(TEMPLATE, sys_inputs={"invoice": _document(invoice)}, format="png", ppi=PHOTO_DPI)
    paper = Image.open(io.BytesIO(bytes(page))).convert("RGB")
    if cut_off:
        paper = paper.crop((0, paper.height // 5, paper.width, paper.height))
    desk = Image.new("RGB", (paper.width + 60, paper.height + (30 if cut_off else 60)), DESK)
    desk.paste(paper, (30, 0 if cut_off else 30))
    tilted = desk.rotate(PAPER_TILT, resample=Image.Resampling.BICUBIC, fillcolor=DESK)
    buffer = io.BytesIO()
    tilted.filter(ImageFilter.GaussianBlur(0.4)).save(buffer, "JPEG", quality=72)
    return buffer.getvalue()


def sample_invoice(sold_on: date | None = None) -> bytes:
    """`FB-1042.pdf`, the invoice of the walk; the committed copy carries no day, the one of a demo its own."""
    lines = tuple(ClaimLine(sku, n, n * list_price(sku)) for sku, n in SAMPLE_ITEMS)
    return invoice_pdf(Invoice(ANA_SHOP, SAMPLE_NUMBER, sold_on, "USD", lines))


def evidence(claim: Claim) -> bytes:
    """The document of a seeded claim, of the type its file name says."""
    invoice = Invoice(claim.partner, claim.invoice_no, claim.sold_on, claim.currency, claim.lines)
    if claim.file.endswith(".pdf"):
        return invoice_pdf(invoice)
    return invoice_photo(invoice, cut_off=claim.reason_code == "unreadable_proof")


def write_samples(folder: Path, today: date, late: str) -> None:
    """Writes what the walk's hand needs into a folder: the invoice to upload and the late file to import."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SAMPLE_FILE).write_bytes(sample_invoice(today))
    (folder / "late.csv").write_text(late, encoding="utf-8")
