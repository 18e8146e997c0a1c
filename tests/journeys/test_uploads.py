"""Files that are too large are told before anything is sent, in a form that saves itself as well."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from playwright.sync_api import FilePayload, expect

from tests.support.browser import open_browser, serve

SCRIPT = Path("portal/static/js/controllers/upload.js")
PAGE = """<!doctype html><title>Claim</title><form>
<div data-upload data-max-bytes="100"><input type="file" aria-label="Photo"><div data-upload-preview hidden></div>
<p data-upload-error role="alert" hidden></p></div></form>
<script src="/upload.js"></script><script src="/saving.js"></script>"""
SAVING = "document.querySelector('form').addEventListener('change', () => (document.title = 'Saved'));"


def test_a_file_that_is_too_large_is_told_and_never_sent() -> None:
    app = Flask(__name__)
    script = {"Content-Type": "text/javascript"}
    app.add_url_rule("/", view_func=lambda: PAGE, endpoint="page")
    app.add_url_rule("/upload.js", view_func=lambda: (SCRIPT.read_text(), script), endpoint="upload")
    app.add_url_rule("/saving.js", view_func=lambda: (SAVING, script), endpoint="saving")
    with serve(app) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        photo = page.get_by_label("Photo")
        photo.set_input_files(FilePayload(name="wall.jpg", mimeType="image/jpeg", buffer=b"x" * 101))
        expect(page.get_by_role("alert")).to_contain_text("wall.jpg has 1 kB. The limit is 1 kB.")
        assert page.title() == "Claim"
        assert photo.input_value() == ""
        photo.set_input_files(FilePayload(name="small.jpg", mimeType="image/jpeg", buffer=b"x" * 9))
        expect(page).to_have_title("Saved")
        expect(page.get_by_role("alert")).to_be_hidden()
