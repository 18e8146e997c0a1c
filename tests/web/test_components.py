"""Every component renders, parses, names what it shows, and carries no inline style or script."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from wtforms import BooleanField, Form, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import InputRequired

import portal
from portal.web.filters import install_filters

ROOM = Path(portal.__file__).parent
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
DRAWN = {"circle", "line", "path", "polygon", "polyline", "rect", "use", "ellipse"}

EXAMPLES = {file.stem: file.read_text() for file in (Path(__file__).parent / "examples").glob("*.html")}


class Reader(HTMLParser):
    """Walks markup and remembers what is badly nested, inline, or nameless."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag in ("style", "script") and "src" not in names:
            self.wrong.append(f"inline <{tag}>")
        self.wrong += [f"{name} on <{tag}>" for name in names if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID | DRAWN:
            self.wrong.append(f"<{tag}/> is not a void element")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> does not fit")


def faults(markup: str) -> list[str]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader.wrong + [f"<{tag}> stays open" for tag in reader.open]


@pytest.fixture
def bare() -> Flask:
    """A Flask with only the layouts, components and filters: what a component may rely on."""
    app = Flask("look", template_folder=str(ROOM / "templates"), static_folder=str(ROOM / "static"))
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.secret_key = "only for this test"
    install_filters(app)
    return app


def shown(app: Flask, text: str, component: str, path: str = "/list?tier=gold&page=2", **context: Any) -> str:
    source = (ROOM / "templates" / "components" / f"{component}.html").read_text()
    macros = re.findall(r"\{%-? macro ([a-z]\w*)\(", source)
    own = [macro for macro in macros if macro not in ("px", "py")]
    with app.test_request_context(path):
        opening = f'{{% from "components/{component}.html" import {", ".join(own)} %}}'
        return render_template_string(opening + text, **context)


def test_every_component_has_an_example() -> None:
    assert {file.stem for file in (ROOM / "templates" / "components").glob("*.html")} == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_component_renders_well_formed_and_without_anything_inline(bare: Flask, name: str) -> None:
    moment = dt.datetime(2026, 11, 19, 10, 44, tzinfo=dt.UTC)
    markup = shown(bare, EXAMPLES[name], name, moment=moment)
    assert markup.strip()
    assert faults(markup) == []


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_drawing_a_component_uses_is_in_its_sprite(bare: Flask, name: str) -> None:
    markup = shown(bare, EXAMPLES[name], name, moment=dt.datetime(2026, 11, 19, tzinfo=dt.UTC))
    for sheet, symbol in re.findall(r'href="/static/(img/\w+\.svg)#([\w-]+)"', markup):
        assert f'id="{symbol}"' in (ROOM / "static" / sheet).read_text(), f"{sheet} has no {symbol}"


def test_typed_text_is_escaped_everywhere(bare: Flask) -> None:
    text = "{{ input('q', 'Name', typed, error=typed) }}"
    assert "<b>" not in shown(bare, text, "field", typed="<b>&\"'")
    assert "<b>" not in shown(bare, "{{ toast(typed) }}", "toast", typed="<b>")


def test_sorting_keeps_the_filters_and_starts_at_the_first_page(bare: Flask) -> None:
    markup = shown(bare, "{{ sort_header('Partner', 'name') }}", "table")
    assert 'href="?tier=gold&amp;sort=name"' in markup
    turned = shown(bare, "{{ sort_header('Partner', 'name') }}", "table", path="/list?sort=name")
    assert 'aria-sort="ascending"' in turned
    assert 'href="?sort=-name"' in turned


def test_pages_keep_the_filters(bare: Flask) -> None:
    assert 'href="?tier=gold&amp;page=3"' in shown(bare, "{{ pagination(2, 3) }}", "pagination")
    assert shown(bare, "{{ pagination(1, 1) }}", "pagination").strip() == ""


def test_a_length_never_leaves_its_track(bare: Flask) -> None:
    over = shown(bare, "{{ bar(250, 100, 'over') }}", "bar")
    under = shown(bare, "{{ bar(-5, 100, 'under') }}", "bar")
    none = shown(bare, "{{ bar(5, 0, 'nothing to reach') }}", "bar")
    assert 'bar-fill" width="100"' in over
    assert 'bar-fill" width="0"' in under
    assert 'bar-fill" width="0"' in none


class Sample(Form):
    refusal_link: str | None = None
    name = StringField("Shop name", [InputRequired("Enter the name of the shop.")], description="As on the sign.")
    country = SelectField("Country", choices=[SelectChoice("US", "United States")])
    news = BooleanField("Send me news")
    answer = RadioField("May sellers earn?", choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No")])


def test_a_field_ties_its_label_hint_and_error_together(bare: Flask) -> None:
    fresh = shown(bare, "{{ field(form.name) }}", "field", form=Sample())
    assert 'for="name"' in fresh
    assert 'aria-describedby="name-hint"' in fresh
    form = Sample(data={"name": ""})
    assert not form.validate()
    wrong = shown(bare, "{{ field(form.name) }}", "field", form=form)
    assert 'aria-invalid="true"' in wrong
    assert 'aria-describedby="name-error"' in wrong
    assert "As on the sign." not in wrong


@pytest.mark.parametrize("name", ["name", "country", "news", "answer"])
def test_every_kind_of_field_is_well_formed(bare: Flask, name: str) -> None:
    assert faults(shown(bare, "{{ field(form[name]) }}", "field", form=Sample(), name=name)) == []


def test_a_form_says_how_many_fields_need_another_look(bare: Flask) -> None:
    form = Sample()
    assert not form.validate()
    assert "fields need another look" in shown(bare, "{{ form_errors(form) }}", "form_errors", form=form)


def test_a_refusal_leads_to_what_it_is_about(bare: Flask) -> None:
    form = Sample()
    form.form_errors = ["You have already claimed invoice FB-1042."]
    form.refusal_link = "/claims/C-1042"
    markup = shown(bare, "{{ form_errors(form) }}", "form_errors", form=form)
    assert "You have already claimed invoice FB-1042." in markup
    assert 'href="/claims/C-1042"' in markup


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500, 503])
def test_every_error_page_has_a_sentence_and_a_way_on(bare: Flask, status: int) -> None:
    with bare.test_request_context("/somewhere"):
        markup = render_template(f"errors/{status}.html", brand="Adventure Works", link="/claims/7")
        own = render_template(f"errors/{status}.html", brand="Adventure Works", sentence="Claim C-7 is closed.")
    assert faults(markup) == []
    assert markup.count("<h1") == 1
    assert markup.count("button--primary") == 1
    assert 'href="/claims/7"' in markup
    assert "Claim C-7 is closed." in own


@pytest.mark.parametrize("layout", ["base", "task", "plain", "print"])
def test_every_layout_is_well_formed_with_and_without_a_viewer(bare: Flask, layout: str) -> None:
    door = {
        "label": "Home",
        "href": "/",
        "icon": "home",
        "current": True,
        "count": None,
        "count_href": "/count",
        "act": False,
    }
    nav = {"groups": [{"title": "Play", "items": [door]}], "thumbs": [door]}
    viewer = {"name": "Ana Ruiz", "organization": "Friendly Bike Shop"}
    with bare.test_request_context("/", headers={"Cookie": "theme=dark"}):
        signed_in = render_template(
            f"layouts/{layout}.html", nav=nav, viewer=viewer, brand="AW", demo=True, view_as="Lou"
        )
        signed_out = render_template(f"layouts/{layout}.html", nav=None, viewer=None, brand="AW")
    assert faults(signed_in) == []
    assert faults(signed_out) == []
    assert '<html lang="en" data-theme="dark">' in signed_in
    assert "palette" not in signed_out
