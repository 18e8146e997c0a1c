"""P-18 and P-13: every form of every page, filled with what nobody should type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.security_matrix.conftest import Prepared, copy_files
from tests.security_matrix.digests import Watch
from tests.security_matrix.html_forms import Form, forms_of
from tests.security_matrix.nasty import NASTY, encode
from tests.security_matrix.places import addresses
from tests.security_matrix.world import Channel

Be = Callable[[str], FlaskClient]
WRITERS = ("seller", "partner_admin", "channel_manager", "finance", "admin", "")
FORM = "application/x-www-form-urlencoded"
WORST = ("nothing", "NUL", "2^63", "first day")
OTHERS = [name for name in NASTY if name not in WORST]


def found_forms(app: Flask, be: Be, prepared: Prepared) -> list[tuple[str, str, Form]]:
    """Who, on which page, and the form; every shape of form once. Read once for all tests."""
    prepared.forms = prepared.forms or _read_forms(app, be, prepared.channel)
    return prepared.forms


def _read_forms(app: Flask, be: Be, channel: Channel) -> list[tuple[str, str, Form]]:
    found: dict[object, tuple[str, str, Form]] = {}
    for name in WRITERS:
        client = be(name)
        for address in addresses(app, channel, "GET"):
            closed = not address.open_to(channel, name) if name else address.door != "public"
            if closed or name in address.place.blind:
                continue
            answer = client.get(address.own)
            if answer.mimetype == "text/html":
                for form in forms_of(answer.text):
                    form.action = form.action or address.own
                    found.setdefault((form.shape, form.method), (name, address.own, form))
    return list(found.values())


def filled(form: Form, *, whole: bool) -> Iterator[list[tuple[str, bytes]]]:
    """All fields at once with the worst; the whole of it: each field alone with another value, every field twice."""
    fields = [one for one in form.fields if one.name != "csrf_token"]
    plain = [(one.name, one.value.encode()) for one in fields]
    for name in WORST if fields else ():
        yield [(one.name, NASTY[name]) for one in fields]
    for place, one in enumerate(fields if whole else ()):
        value = NASTY[OTHERS[(place + len(form.action)) % len(OTHERS)]]
        yield [*plain[:place], (one.name, value), *plain[place + 1 :]]
    yield plain + plain


def test_no_form_makes_the_portal_fail(
    app: Flask, be: Be, prepared: Prepared, database_url: str, database_kind: str, tmp_path: Path
) -> None:
    found = found_forms(app, be, prepared)
    assert len([form for _, _, form in found if form.method == "post"]) > 50
    watch = Watch(database_url) if database_kind == "sqlite" else None
    if watch:
        watch.keep()
    failed = []
    for name, page, form in found:
        client = be(name)
        for pairs in filled(form, whole=watch is not None):
            status = _send(client, form, pairs)
            if status >= 500:
                failed.append((form.action, page, status, str([(key, value[:30]) for key, value in pairs])))
            if watch and watch.restore() and "import" in form.action:
                copy_files(prepared, tmp_path)
    assert failed == [], "\n".join(map(str, failed))


def _send(client: FlaskClient, form: Form, pairs: list[tuple[str, bytes]]) -> int:
    if form.method == "post":
        return client.post(form.action, data=encode(pairs), content_type=FORM).status_code
    shorter = [(name, value[:6000]) for name, value in pairs]
    return client.get(f"{form.action.partition('?')[0]}?{encode(shorter)}").status_code


TEXTS = ("text", "textarea")
TYPED = b"What I typed, & more"
SHOWN = "What I typed, &amp; more"


@pytest.mark.one_database
def test_what_was_typed_comes_back_with_the_refusal(app: Flask, be: Be, prepared: Prepared, database_url: str) -> None:
    watch, lost, checked = Watch(database_url), [], 0
    watch.keep()
    for name, page, form in found_forms(app, be, prepared):
        typed = next((one for one in form.fields if one.kind in TEXTS and one.name not in ("q", "username")), None)
        if form.method != "post" or typed is None:
            continue
        pairs = [(one.name, TYPED if one is typed else b"") for one in form.fields]
        answer = be(name).post(form.action, data=encode(pairs), content_type=FORM)
        watch.restore()
        if answer.status_code == 422:
            checked += 1
            if SHOWN not in answer.text:
                lost.append((form.action, page, typed.name))
    assert lost == [], "\n".join(map(str, lost))
    assert checked >= 10
