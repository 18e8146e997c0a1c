"""Evidence files: what is let in, proved by really opening it, and how it is kept outside the served folders."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import puremagic
import pypdfium2 as pdfium
from PIL import Image, ImageOps

from portal.claims.errors import FileRefused
from portal.core.files import remove_stored, store_bytes
from portal.core.ids import digest

SHELF = "claims"
MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 160
MAX_PIXELS = 24_000_000
MAX_PIXELS_BASELINE_JPEG = 64_000_000
PREVIEW_EDGE = 1600
EXTENSIONS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
ACTIVE_SUFFIXES = frozenset(
    {".asp", ".aspx", ".bat", ".cmd", ".com", ".exe", ".hta", ".htm", ".html", ".jar", ".js", ".jsp", ".phar", ".php"}
    | {".phtml", ".ps1", ".scr", ".sh", ".svg", ".vbs", ".xml"}
)
MARKUP = (b"<script", b"<html", b"<!doctype html", b"<svg", b"<iframe", b"<?php", b"<body")
ACTIVE_PDF = (b"/JavaScript", b"/Launch", b"/EmbeddedFile")
EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
MAX_PDF_POINTS = 15_000
PDF_SCALE = 2
UNREADABLE_PDF = "The PDF does not open: it is cut off or damaged. Save it again, or take a photo."
TOO_MANY_PIXELS = "The picture has too many pixels. Take the photo with a normal resolution."
ONLY = "Only a photo (JPEG, PNG, WebP) or a PDF of the invoice can be added."


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: its clean name, real type, content and a preview made by us."""

    name: str
    content_type: str
    content: bytes
    preview: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest(self.content)


def check_file(name: str, content: bytes) -> CheckedFile:
    """Refuse anything that is not really a photo or PDF, saying why."""
    if not content:
        raise FileRefused("The file is empty. Take the photo again, or choose another file.")
    if len(content) > MAX_BYTES:
        raise FileRefused("The file is larger than 10 MB. Make it smaller, or take a new photo.")
    content_type = _real_type(content)
    clean = _clean_name(name, content_type)
    _refuse_hidden_content(content, content_type)
    if content_type == "application/pdf":
        _open_pdf(content)
        return CheckedFile(clean, content_type, content, _draw_pdf(content))
    return CheckedFile(clean, content_type, content, _open_picture(content, content_type))


def _real_type(content: bytes) -> str:
    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError:
        matches = []
    found = {match.mime_type for match in matches}
    heads = {
        "image/jpeg": content.startswith(b"\xff\xd8\xff"),
        "image/png": content.startswith(b"\x89PNG\r\n\x1a\n"),
        "image/webp": content[:4] == b"RIFF" and content[8:12] == b"WEBP",
        "application/pdf": content.startswith(b"%PDF-"),
    }
    for content_type, fits in heads.items():
        if fits and content_type in found:
            return content_type
    raise FileRefused(ONLY)


def _clean_name(name: str, content_type: str) -> str:
    if len(name) > MAX_NAME:
        raise FileRefused(f"The file's name is longer than {MAX_NAME} characters. Rename it and try again.")
    if not name.isprintable() or any(sign in name for sign in '/\\:*?"<>|') or name.strip(". ") == "":
        raise FileRefused("The file's name holds characters that are not allowed. Rename it and try again.")
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    if not suffixes or suffixes[-1] not in EXTENSIONS[content_type]:
        kind = content_type.rpartition("/")[2].upper()
        raise FileRefused(
            f"“{name}” does not end like the {kind} file it is. Rename it to end in {EXTENSIONS[content_type][0]}."
        )
    if ACTIVE_SUFFIXES.intersection(suffixes):
        raise FileRefused(f"“{name}” has two endings, one of a program. Rename it and try again.")
    return name


def _refuse_hidden_content(content: bytes, content_type: str) -> None:
    lowered = content.lower()
    if EICAR in content or any(mark in lowered for mark in MARKUP):
        raise FileRefused("The file holds something beside the picture of the invoice. Take a new photo of it.")
    if content_type == "image/png" and not content.endswith(b"IEND\xaeB`\x82"):
        raise FileRefused("The picture is cut off or has something added at its end. Take a new photo.")
    if content_type == "image/webp" and int.from_bytes(content[4:8], "little") + 8 not in (
        len(content),
        len(content) + 1,
    ):
        raise FileRefused("The picture is cut off or has something added at its end. Take a new photo.")
    if content_type == "image/jpeg" and b"PK\x03\x04" in content[content.rfind(b"\xff\xd9") :]:
        raise FileRefused("The picture has something added at its end. Take a new photo.")
    if content_type == "application/pdf" and any(mark in content for mark in ACTIVE_PDF):
        raise FileRefused("The PDF holds programs or other files. Print it to a plain PDF, or take a photo.")


def _open_pdf(content: bytes) -> None:
    """A PDF ends with a pointer to its table and the end mark; anything else does not open."""
    end = content.rstrip(b"\r\n\t \x00")[-1024:]
    pointer = end.rfind(b"startxref")
    complete = end.endswith(b"%%EOF") and pointer >= 0
    place = end[pointer + 9 :].split()[0] if complete and end[pointer + 9 :].split() else b""
    if not place.isdigit() or int(place[:12]) >= len(content) or (b"/Root" not in content and b"/XRef" not in content):
        raise FileRefused(UNREADABLE_PDF)


def _draw_pdf(content: bytes) -> bytes:
    """The first page as a picture, so that the reviewer sees the invoice beside the lines."""
    try:
        with pdfium.PdfDocument(content) as document:
            page = document[0]
            longest = max(page.get_size())
            if not 0 < longest < MAX_PDF_POINTS:
                raise FileRefused(UNREADABLE_PDF)
            return _shrink(page.render(scale=min(PDF_SCALE, PREVIEW_EDGE / longest)).to_pil())
    except (pdfium.PdfiumError, IndexError) as error:
        raise FileRefused(UNREADABLE_PDF) from error


def _open_picture(content: bytes, content_type: str) -> bytes:
    """Verify, decode and shrink the picture; the preview is a fresh JPEG without any of the old metadata."""
    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[content_type]]) as picture:
            _refuse_huge(picture)
            picture.verify()
        with Image.open(io.BytesIO(content), formats=[FORMATS[content_type]]) as picture:
            picture.draft("RGB", (PREVIEW_EDGE, PREVIEW_EDGE))
            picture.load()
            return _shrink(picture)
    except FileRefused:
        raise
    except Image.DecompressionBombError as error:
        raise FileRefused(TOO_MANY_PIXELS) from error
    except Exception as error:  # the decoders raise many kinds; all mean that nobody could look at it
        raise FileRefused("The picture does not open: it is cut off or damaged. Take a new photo.") from error


def _refuse_huge(picture: Image.Image) -> None:
    baseline = picture.format == "JPEG" and not picture.info.get("progressive")
    if picture.width * picture.height > (MAX_PIXELS_BASELINE_JPEG if baseline else MAX_PIXELS):
        raise FileRefused(TOO_MANY_PIXELS)


def _shrink(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE))
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def store(folder: Path, content: bytes, suffix: str) -> str:
    """Keep content under a random name; returns the name inside the folder."""
    return f"{SHELF}/{store_bytes(folder / SHELF, content, suffix)}"


def discard(folder: Path, *names: str) -> None:
    """Remove stored content; a name that is gone already is no fault."""
    for name in names:
        remove_stored(folder, name)
