"""Every fact has its row in the table of reactions, and every mail it sends can be rendered."""

import dataclasses

import pytest
from flask import Flask, render_template
from jinja2 import TemplateNotFound

from portal import tables
from portal.core.events import Fact
from portal.notifications.listeners import MailFact
from portal.reactions import REACTIONS
from tests.conventions.tree import ROOT

pytestmark = pytest.mark.one_database
MAILS = sorted(
    {(fact, listener.template) for fact, row in REACTIONS.items() for listener in row if isinstance(listener, MailFact)}
)


def all_facts() -> dict[str, type[Fact]]:
    import importlib

    tables.load()
    for path in sorted((ROOT / "portal").rglob("events.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return Fact.registry


def test_every_fact_has_a_row():
    assert set(all_facts()) == set(REACTIONS)


@pytest.mark.parametrize(("fact", "template"), MAILS)
def test_every_mail_renders(app: Flask, fact: str, template: str):
    made = all_facts()[fact]
    values = {field.name: f"the {field.name}" for field in dataclasses.fields(made)}
    numbers = {field.name: 7 for field in dataclasses.fields(made) if str(field.type).startswith("int")}
    context = {"name": "Ana", "fact_id": 1, "to": "a@b.example", "portal_url": "https://p.example", "brand": "AW"}
    with app.app_context():
        subject = render_template(f"emails/{template}/subject.txt", **(context | values | numbers))
        text = render_template(f"emails/{template}/body.txt", **(context | values | numbers))
        try:
            html = render_template(f"emails/{template}/body.html", **(context | values | numbers))
        except TemplateNotFound:
            html = "<html"
    assert subject.strip()
    assert "\n" not in subject.strip()
    assert text.strip()
    assert "<html" in html
