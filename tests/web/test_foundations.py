"""What every page stands on: headers, lists in the URL, downloads, refusals, forms."""

import warnings

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from wtforms import DateField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core.errors import Conflict, Forbidden
from portal.security.doors import public
from portal.web.downloads import csv_text, inert
from portal.web.errors import safe_next
from portal.web.forms import PortalForm, RadioField, SelectField, SelectMultipleField
from portal.web.lists import read_list_state

pytestmark = pytest.mark.one_database


@pytest.fixture
def routed(own_app: Flask) -> Flask:
    """The app with views that fail in every way."""

    def view(error: Exception):
        def raise_it():
            raise error

        return public(raise_it)

    own_app.add_url_rule("/x/conflict", "x_conflict", view(Conflict("Somebody was faster.")), methods=["GET", "POST"])
    own_app.add_url_rule("/x/forbidden", "x_forbidden", view(Forbidden()), methods=["GET", "POST"])
    own_app.add_url_rule("/x/bug", "x_bug", view(ZeroDivisionError()))
    own_app.add_url_rule("/x/database", "x_database", view(OperationalError("select", {}, Exception("gone"))))
    own_app.add_url_rule("/api/x/conflict", "x_api", view(Conflict("Somebody was faster.")))
    return own_app


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/x/bug", "/x/conflict", "/healthz"])
def test_every_answer_carries_the_headers(routed: Flask, path: str):
    answer = routed.test_client().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/x/conflict", 409, "Somebody was faster."),
        ("/x/forbidden", 403, "does not allow"),
        ("/x/bug", 500, "nothing was changed"),
        ("/x/database", 503, "Nothing was lost"),
        ("/nowhere", 404, "nothing here"),
    ],
)
def test_failures_are_pages_in_words(routed: Flask, path: str, status: int, words: str):
    answer = routed.test_client().get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert "Traceback" not in answer.text


def test_htmx_gets_a_fragment_and_programs_get_json(routed: Flask):
    fragment = routed.test_client().get("/x/conflict", headers={"HX-Request": "true"})
    assert fragment.status_code == 409
    assert "<html" not in fragment.text
    assert routed.test_client().get("/api/x/conflict").json == {
        "error": {"status": 409, "message": "Somebody was faster."}
    }
    assert routed.test_client().get("/api/nowhere").get_json()["error"]["status"] == 404


def test_a_refused_post_is_written_into_the_log(routed: Flask):
    from portal.audit.queries import search_entries
    from portal.core.db import session

    routed.test_client().post("/x/forbidden")
    assert session.scalars(search_entries(act="access.refused")).one().label == "/x/forbidden"


def test_a_wrong_method_says_which_are_right(routed: Flask):
    answer = routed.test_client().post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_visitor_is_sent_to_log_in_and_back(app: Flask):
    answer = app.test_client().get("/notifications?page=2")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=%2Fnotifications%3Fpage%3D2"
    polled = app.test_client().get("/notifications", headers={"HX-Request": "true"})
    assert polled.headers["HX-Redirect"] == "/login"
    seen = {"HX-Request": "true", "HX-Current-URL": "http://localhost/claims/7/edit?a=1"}
    searched = app.test_client().get("/claims/products?q=x", headers=seen)
    assert searched.headers["HX-Redirect"] == "/login?next=%2Fclaims%2F7%2Fedit%3Fa%3D1"


@pytest.mark.parametrize("seen", ["https://evil.example/x", "http://[broken", "http://localhost//evil.example"])
def test_only_a_page_of_ours_is_gone_back_to(app: Flask, seen: str):
    polled = app.test_client().get("/notifications", headers={"HX-Request": "true", "HX-Current-URL": seen})
    assert polled.headers["HX-Redirect"] == "/login"


def test_what_is_sent_after_the_session_ended_leaves_the_page_as_it_is(app: Flask):
    answer = app.test_client().post(
        "/claims/draft/save", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/claims/new"}
    )
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert "What you typed is still on this page" in answer.text
    assert 'href="/login?next=%2Fclaims%2Fnew" target="_blank"' in answer.text
    whole = app.test_client().post("/claims/draft/save", headers={"Referer": "http://localhost/claims/new"})
    assert whole.headers["Location"] == "/login?next=%2Fclaims%2Fnew"


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil", "javascript:x", "", None, "/a\r\nb"]
)
def test_log_in_never_leads_elsewhere(target: str | None):
    assert safe_next(target) == "/"


def test_log_in_leads_back(app: Flask):
    assert safe_next("/claims?page=2") == "/claims?page=2"


def test_the_lists_state_lives_in_the_url(app: Flask):
    with app.test_request_context("/partners?q=%00bike&sort=-name&page=3&tier=gold&evil=1"):
        state = read_list_state(sorts=("name",), default_sort="name", filters=("tier",))
    assert (state.q, state.sort, state.descending, state.page) == ("bike", "name", True, 3)
    assert state.url(tier="silver") == "/partners?q=bike&tier=silver&sort=-name"
    assert state.url(page=4).endswith("page=4")
    assert state.filtered


def test_an_unknown_sort_is_the_default(app: Flask):
    with app.test_request_context("/partners?sort=drop+table"):
        state = read_list_state(sorts=("name",), default_sort="-name")
    assert (state.sort, state.descending) == ("name", True)
    assert not state.filtered


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@sum", "\tx", "\rx"])
def test_a_cell_never_becomes_a_formula(cell: str):
    assert inert(cell).startswith("'")


def test_numbers_stay_numbers():
    assert [inert(value) for value in (-8.5, "-8.64", "+1", None, "a\x00b")] == ["-8.5", "-8.64", "+1", "", "ab"]
    assert csv_text(["a"], [["=1"]]) == "a\n'=1\n"


def test_choices_are_pairs_or_groups_of_pairs(app: Flask):
    class Answer(PortalForm):
        """A form whose choices are filled later."""

        period = SelectField("Period")
        several = SelectMultipleField("Several", choices=[(1, "One")], coerce=int)
        one = RadioField("One", choices=[("yes", "Yes"), ("no", "No")])

    with app.test_request_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        form = Answer(data={"period": "b", "one": "no"})
        form.period.choices = {"First": [("a", "A")], "Second": [("b", "B"), ("c", "C")]}
        drawn = str(form.period())
        assert '<optgroup label="Second"><option selected value="b">B</option>' in drawn
        assert str(form.several()).count("<option") == 1
        assert 'checked id="one-1" name="one" type="radio" value="no"' in str(form.one())
        assert (form.period.type, form.several.type, form.one.type) == (
            "SelectField", "SelectMultipleField", "RadioField",
        )  # fmt: skip


class EveryKind(PortalForm):
    """Fields the library refuses by itself."""

    day = DateField()
    count = IntegerField(validators=[NumberRange(min=1, max=9)])
    kind = SelectField(choices=[("a", "A")])
    code = StringField(validators=[Length(max=3)])
    mark = StringField(validators=[Length(min=2, max=2)])
    name = StringField(validators=[InputRequired()])


def test_the_library_refuses_in_the_portals_words(app: Flask):
    typed = {"day": "soon", "count": "12", "kind": "b", "code": "four", "mark": "x", "name": ""}
    with app.test_request_context("/", method="POST", data=typed):
        form = EveryKind(meta={"csrf": False})
        assert not form.accept()
        assert {name: said[0] for name, said in form.errors.items()} == {
            "day": "This is no day. Write it like 2026-07-31.",
            "count": "Write a number from 1 to 9.",
            "kind": "Choose one from the list.",
            "code": "This is too long; 3 characters fit.",
            "mark": "Write exactly 2 characters.",
            "name": "Fill this in.",
        }
    with app.test_request_context("/", method="POST", data=typed | {"count": "x", "code": "abc"}):
        form = EveryKind(meta={"csrf": False})
        assert not form.accept()
        assert form.count.errors[0] == "This is no whole number. Write it like 12."
