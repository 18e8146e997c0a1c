"""Evidence: only a photo or PDF that really opens is kept; it is given back as an attachment in a sandbox."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from portal.claims.errors import FileRefused
from portal.claims.models import ClaimFile
from portal.claims.submission.files import check_file
from portal.core.db import session
from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.claims.world import World, draft_claim, photo

As = Callable[[Person | Viewer], FlaskClient]
PDF = Path("examples/adventureworks/FB-1042.pdf").read_bytes()
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (10, 120, 90)).save(buffer, kind)
    return buffer.getvalue()


def huge_png(edge: int) -> bytes:
    """A PNG that says it is enormous and is a few kilobytes long."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


REFUSED = {
    "empty": ("a.jpg", b""),
    "too large": ("a.jpg", photo() + b"\x00" * (10 * 1024 * 1024)),
    "text": ("a.jpg", b"hello"),
    "html": ("a.jpg", b"<!doctype html><script>alert(1)</script>"),
    "svg with script": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "gif": ("a.gif", picture("GIF")),
    "gif and script": ("a.gif", b"GIF89a=1;alert(1)//" + picture("GIF")),
    "bitmap": ("a.bmp", picture("BMP")),
    "pdf called photo": ("a.jpg", PDF),
    "photo called pdf": ("a.pdf", photo()),
    "photo called png": ("a.png", photo()),
    "no ending": ("invoice", photo()),
    "two endings": ("invoice.php.jpg", photo()),
    "page ending inside": ("invoice.html.pdf", PDF),
    "long name": ("a" * 2000 + ".jpg", photo()),
    "path": ("../../etc/a.jpg", photo()),
    "backslash": ("..\\a.jpg", photo()),
    "NUL in the name": ("a\x00.jpg", photo()),
    "only dots": ("...", photo()),
    "png and zip": ("a.png", picture("PNG") + b"PK\x03\x04" + b"\x00" * 50),
    "jpeg and zip": ("a.jpg", photo() + b"PK\x03\x04" + b"\x00" * 50),
    "webp and more": ("a.webp", picture("WEBP") + b"more"),
    "jpeg and page": ("a.jpg", photo() + b"<html><script>alert(1)</script>"),
    "pdf and page": ("a.pdf", PDF + b"<html><body>hello</body></html>"),
    "page before pdf": ("a.pdf", b"<html></html>" + PDF),
    "pdf with script": ("a.pdf", PDF.replace(b"%%EOF", b"<< /S /JavaScript /JS (x) >>\nstartxref\n0\n%%EOF")),
    "pdf cut off": ("a.pdf", PDF[: len(PDF) // 2]),
    "pdf head only": ("a.pdf", b"%PDF-1.7\n"),
    "pdf pointing nowhere": ("a.pdf", b"%PDF-1.7\n/Root\nstartxref\n999999\n%%EOF"),
    "photo cut off": ("a.jpg", picture("JPEG", (400, 300))[:300]),
    "png cut off": ("a.png", picture("PNG", (400, 300))[:-30]),
    "broken png": ("a.png", picture("PNG")[:60] + b"\x00" * 20 + picture("PNG")[80:]),
    "virus test": ("a.jpg", photo() + EICAR),
    "50,000 by 50,000": ("a.png", huge_png(50_000)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_anything_but_a_photo_or_pdf_is_refused_in_words(what: str):
    name, content = REFUSED[what]
    with pytest.raises(FileRefused) as refused:
        check_file(name, content)
    assert refused.value.status == 422
    assert refused.value.field == "photo"
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("IMG 19.11.2026.jpg", photo(), "image/jpeg"),
        ("a.JPEG", photo(), "image/jpeg"),
        ("a.png", picture("PNG"), "image/png"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("FB-1042.pdf", PDF, "application/pdf"),
        ("Façture é.pdf", PDF, "application/pdf"),
    ],
)
def test_photos_and_pdfs_are_kept(name: str, content: bytes, kind: str):
    checked = check_file(name, content)
    assert (checked.name, checked.content_type) == (name, kind)
    assert checked.preview.startswith(b"\xff\xd8\xff")


def test_a_preview_is_drawn_anew_small_and_without_what_the_camera_wrote():
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "the place it was taken"
    exif[0x0112] = 6
    Image.new("RGB", (3000, 2000)).save(buffer, "JPEG", exif=exif)
    preview = check_file("a.jpg", buffer.getvalue()).preview
    assert preview is not None
    with Image.open(io.BytesIO(preview)) as picture_:
        assert picture_.size[1] == 1600  # turned upright, then made small
        assert dict(picture_.getexif()) == {}


def test_a_bomb_is_refused_at_once():
    started = time.monotonic()
    with pytest.raises(FileRefused, match="too many pixels"):
        check_file("a.png", huge_png(50_000))
    assert time.monotonic() - started < 2


def tree(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


@pytest.mark.one_database
@pytest.mark.parametrize("what", ["empty", "html", "png and zip", "50,000 by 50,000", "too large", "two endings"])
def test_a_refused_file_leaves_nothing_behind_and_loses_nothing_typed(site: World, as_: As, what: str):
    claim = draft_claim(site, with_photo=False)
    name, content = REFUSED[what]
    data = {"claim_id": claim.id, "invoice_no": "FB-77", "photo": (io.BytesIO(content), name)}
    answer = as_(site.cast.seller).post("/claims/draft/save", data=data)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert 'value="FB-77"' in answer.text
    session.remove()
    assert session.scalar(select(func.count()).select_from(ClaimFile)) == 0
    assert tree(site.folder) == []


@pytest.mark.one_database
def test_evidence_is_given_back_as_an_attachment_in_a_sandbox(site: World, as_: As):
    claim = draft_claim(site)
    seller = as_(site.cast.seller)
    file_id = session.scalars(select(ClaimFile.id).where(ClaimFile.claim_id == claim.id)).one()
    original = seller.get(f"/claims/{claim.id}/files/{file_id}")
    assert original.headers["Content-Disposition"].startswith("attachment")
    preview = seller.get(f"/claims/{claim.id}/files/{file_id}/preview")
    assert preview.mimetype == "image/jpeg"
    for answer in (original, preview):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.one_database
def test_a_photo_is_retaken_and_the_old_one_is_gone(site: World, as_: As):
    claim = draft_claim(site)
    seller = as_(site.cast.seller)
    file_id = session.scalars(select(ClaimFile.id).where(ClaimFile.claim_id == claim.id)).one()
    assert len(tree(site.folder)) == 2
    answer = seller.post("/claims/draft/detach", data={"claim_id": claim.id, "detach": file_id}, follow_redirects=True)
    assert answer.status_code == 200
    assert tree(site.folder) == []
    pdf = {"claim_id": claim.id, "photo": (io.BytesIO(PDF), "FB-1042.pdf")}
    page = seller.post("/claims/draft/save", data=pdf, follow_redirects=True).text
    assert "FB-1042.pdf" in page
    session.remove()
    drawn = seller.get(f"/claims/{claim.id}/files/{session.scalars(select(ClaimFile.id)).one()}/preview")
    assert drawn.mimetype == "image/jpeg"


@pytest.mark.one_database
def test_a_claim_holds_five_files(site: World, as_: As):
    claim = draft_claim(site, with_photo=False)
    seller = as_(site.cast.seller)
    for size in range(5):
        data = {"claim_id": claim.id, "photo": (io.BytesIO(photo(size=(60, 50 + size))), "a.jpg")}
        assert seller.post("/claims/draft/save", data=data).status_code == 303
    data = {"claim_id": claim.id, "photo": (io.BytesIO(photo()), "a.jpg")}
    assert "at most 5 files" in seller.post("/claims/draft/save", data=data).text
