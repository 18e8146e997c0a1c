"""The studio through its pages: form and text say the same, nothing typed is lost, two people notice each other."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session
from portal.engine.plan import parse_plan
from portal.partners.people.models import Person
from portal.programs.definitions.models import Program, ProgramDraft, ProgramDraftStep
from tests.conventions.markup import faults
from tests.people import Cast
from tests.programs.shop_year import TODAY, VOLUME, open_channel
from tests.security_matrix.html_forms import forms_of

pytestmark = pytest.mark.one_database
As = Callable[[Person], FlaskClient]


def start(client: FlaskClient, stem: str = "volume-rebate") -> str:
    """A draft from a template; returns the address of its editor."""
    with clock.frozen(TODAY):
        answer = client.post(f"/programs/templates/{stem}/start")
    assert answer.status_code == 303
    return answer.headers["Location"]


def fields(client: FlaskClient, address: str) -> list[tuple[str, str]]:
    """What the form of the editor would send untouched."""
    page = get(client, address)
    form = next(one for one in forms_of(page) if any(field.value == "fields" for field in one.fields))
    boxes = dict.fromkeys(re.findall(r'type="checkbox"[^>]*name="([^"]+)"', page))
    plain = [(field.name, field.value) for field in form.fields if field.name not in boxes and field.name != "do"]
    checked = re.findall(r'type="checkbox"[^>]*name="([^"]+)" value="([^"]*)" checked', page)
    return [*plain, *((name, "") for name in boxes), *((name, "") for name in boxes), *checked]


def get(client: FlaskClient, address: str) -> str:
    """A page that is sound."""
    with clock.frozen(TODAY):
        answer = client.get(address)
    assert answer.status_code == 200, answer.text[-600:]
    assert faults(answer.text) == []
    return answer.text


def send(client: FlaskClient, address: str, changes: dict[str, str], *, base=None, htmx: bool = False, at: str = TODAY):
    """Post the form with some fields changed."""
    pairs = [(name, value) for name, value in (base or fields(client, address)) if name not in changes]
    headers = {"HX-Request": "true"} if htmx else {}
    data: dict[str, list[str]] = {}
    for name, value in [*pairs, *changes.items()]:
        data.setdefault(name, []).append(value)
    with clock.frozen(at):
        return client.post(address, data=data, headers=headers)


def draft_of() -> ProgramDraft:
    """The newest draft as it is stored."""
    session.rollback()
    return session.scalars(select(ProgramDraft).order_by(ProgramDraft.id.desc())).first()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The small channel with its three plans."""
    return open_channel().cast


def test_a_template_becomes_a_draft_of_a_new_program_from_the_next_quarter(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    gallery = get(tess, "/programs/templates")
    assert gallery.count("Start from this") >= 12
    page = get(tess, start(tess))
    assert "2027-01-01" in page
    assert "Volume rebate" in page
    assert "37.50" in page  # the worked example at 1,800.00
    second = get(tess, start(tess))
    assert "volume-rebate-2" in second
    assert as_(cast.finance).get("/programs/templates").status_code == 403
    assert tess.post("/programs/templates/no-such/start").status_code == 404


def test_the_form_rewrites_the_text_and_the_text_refills_the_form(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    assert send(tess, address, {"c0_b1_pays": "3", "budget": "75,000", "tiers": "gold"}).status_code == 303
    plan = parse_plan(draft_of().source_text)
    assert str(plan.components[0].bands[1].percent) == "3"
    assert str(plan.budget.amount) == "75000"
    assert plan.eligibility.tiers == ("gold",)
    text = draft_of().source_text.replace("from: 1800, percent: 4", "from: 2000, percent: 4.5")
    with clock.frozen(TODAY):
        answer = tess.post(address, data={"side": "text", "text": text, "revision": draft_of().revision})
    assert answer.status_code == 303
    page = get(tess, address)
    assert 'name="c0_b2_from" type="text" value="2000"' in page
    assert 'name="c0_b2_pays" type="text" value="4.5"' in page


def test_what_does_not_read_is_kept_with_the_sentence_at_its_field_and_its_line(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    answer = send(tess, address, {"c0_b1_pays": "three", "effective_from": "soon"})
    assert answer.status_code == 422
    assert "“three” is not a plain number" in answer.text
    assert 'id="c0_b1_pays-error"' in answer.text
    assert 'value="three"' in answer.text
    assert re.search(r"Line</a>|Line \d+</a>, <code>components\[0\].bands\[1\].percent</code>", answer.text)
    again = get(tess, address)
    assert 'value="three"' in again
    assert 'value="soon"' in again
    draft = draft_of()
    assert "three" in draft.typed_text
    assert parse_plan(draft.source_text).components[0].bands[1].percent == 2.5 or "2.5" in draft.source_text
    with clock.frozen(TODAY):
        asked = tess.post(address.replace("/edit", "/ask"), data={"treatment": "revenue_reduction"})
    assert asked.status_code == 409
    assert "Mend what is marked" in asked.text


def test_text_that_is_no_yaml_is_kept_and_the_form_waits_for_it(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    with clock.frozen(TODAY):
        broken = "code: [unclosed\nname: <b>Bold</b>"
        answer = tess.post(address, data={"side": "text", "text": broken, "revision": "1"})
    assert answer.status_code == 422
    assert "This is not readable as YAML" in answer.text
    assert "&lt;b&gt;Bold" in answer.text
    assert "<fieldset" in answer.text
    assert " disabled" in answer.text
    assert "&lt;b&gt;Bold" in get(tess, address)
    with clock.frozen(TODAY):
        back = tess.post(address, data={"side": "text", "do": "restore", "revision": "2"})
    assert back.status_code in (200, 303)
    assert draft_of().typed_text is None


def test_rows_are_added_and_removed_without_script(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    answer = send(tess, address, {"do": "add-band:0"})
    assert answer.status_code == 200
    assert 'name="c0_b4_from"' in answer.text
    assert send(tess, address, {"c0_b4_from": "9000", "c0_b4_pays": "6"}).status_code == 303
    assert len(parse_plan(draft_of().source_text).components[0].bands) == 5
    assert send(tess, address, {"do": "drop-band:0:1"}).status_code == 200
    assert [str(band.from_) for band in parse_plan(draft_of().source_text).components[0].bands] == [
        "0", "1800", "3000", "9000",
    ]  # fmt: skip
    send(tess, address, {"do": "add-component"})
    send(tess, address, {"do": "add-multiplier"})
    page = get(tess, address)
    assert 'name="c1_method"' in page
    assert 'name="m0_by"' in page
    assert send(tess, address, {"m0_by": "1.5", "m0_tiers": "gold"}).status_code == 303
    plan = parse_plan(draft_of().source_text)
    assert (len(plan.components), str(plan.multipliers[0].by)) == (2, "1.5")
    for odd in ("add-band:99", "drop-band:x:y", "drop-component:-1", "no-such-act", "add-band", "drop-multiplier:"):
        assert send(tess, address, {"do": odd}).status_code in (200, 303), odd


def test_another_method_brings_its_own_fields(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    answer = send(tess, address, {"c0_method": "milestone"}, htmx=True)
    assert answer.status_code == 200
    assert 'name="c0_at"' in answer.text
    assert 'name="c0_b0_from"' not in answer.text
    plan = parse_plan(draft_of().source_text)
    assert (plan.components[0].method, plan.components[0].bands) == ("milestone", None)


def test_a_spreadsheet_is_pasted_into_the_table_of_amounts(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess, "spif-by-sku")
    pasted = "SKU\tAmount\nHL-U509\t45\nHL-U509-R\t1,250\nWB-H098;5\nPD-R347 7"
    assert send(tess, address, {"c0_amounts": pasted}).status_code == 303
    amounts = parse_plan(draft_of().source_text).components[0].amounts
    assert {name: str(paid) for name, paid in amounts.items()} == {
        "HL-U509": "45", "HL-U509-R": "1250", "WB-H098": "5", "PD-R347": "7",
    }  # fmt: skip
    twice = send(tess, address, {"c0_amounts": "HL-U509\t45\nHL-U509\t50"})
    assert twice.status_code == 422
    assert "HL-U509 stands here twice" in twice.text
    assert "HL-U509\t50" in twice.text
    wrong = send(tess, address, {"c0_amounts": "HL-U509\tforty\nNO-SUCH\t5"})
    assert wrong.status_code == 422
    assert "“forty” is not a plain number" in wrong.text


def test_credit_sources_and_a_price_floor_have_fields_with_their_sentences(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    typed = {
        "credit": "seller 70 %\npartner\t30",
        "sources": "erp, pos",
        "price_floor": "80",
        "review_by": "2027-03-01",
    }
    assert send(tess, address, typed).status_code == 303
    plan = parse_plan(draft_of().source_text)
    assert [(part.to, str(part.percent)) for part in plan.credit.split] == [("seller", "70"), ("partner", "30")]
    assert plan.qualify.sources == ("erp", "pos")
    assert plan.qualify.price_floor is not None
    shown = dict(fields(tess, address))
    assert shown["credit"].split() == ["seller", "70", "partner", "30"]
    assert (shown["price_floor"], shown["review_by"]) == ("80", "2027-03-01")
    refused = send(tess, address, {"credit": "seller 70\nnobody 30"})
    assert refused.status_code == 422
    beside = refused.text.partition('name="credit"')[2].partition('name="enrollment"')[0]
    assert "“nobody” is not known here" in beside
    assert send(tess, address, {"credit": ""}).status_code == 303
    assert parse_plan(draft_of().source_text).credit.split == ()


def test_everything_about_a_baseline_is_in_the_form_and_goes_with_the_method(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess, "growth-bonus")
    typed = {"baseline_newcomer": "peer_median", "baseline_partial_year": "annualize", "baseline_freeze": "",
             "baseline_currency": "constant", "baseline_cap": "50"}  # fmt: skip
    assert send(tess, address, {f"c0_{name}": value for name, value in typed.items()}).status_code == 303
    base = parse_plan(draft_of().source_text).components[0].growth_base
    assert (base.newcomer, base.partial_year, base.currency) == ("peer_median", "annualize", "constant")
    assert str(base.cap_growth_percent) == "50"
    assert send(tess, address, {"c0_method": "tiered"}).status_code in (200, 303, 422)
    assert "baseline" not in (draft_of().typed_text or draft_of().source_text)


def test_a_table_that_cannot_be_read_keeps_no_other_field_from_being_kept(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess, "spif-by-sku")
    answer = send(tess, address, {"c0_amounts": "HL-U509\t45\nHL-U509\t50", "goal": "Sell the helmets"})
    assert answer.status_code == 422
    assert 'value="Sell the helmets"' in answer.text
    assert "goal: Sell the helmets" in draft_of().source_text


def test_form_and_text_sent_from_one_revision_are_both_kept(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    base = fields(tess, address)
    text = f"# for the winter\n{draft_of().source_text}".replace("from: 1800, percent: 4", "from: 2000, percent: 4.5")
    with clock.frozen(TODAY):
        assert tess.post(address, data={"side": "text", "text": text, "revision": "1"}).status_code == 303
    assert send(tess, address, {"c0_b1_pays": "3"}, base=base).status_code == 303
    kept = draft_of().source_text
    assert kept.startswith("# for the winter\n")
    assert [str(band.percent) for band in parse_plan(kept).components[0].bands] == ["1", "3", "4.5", "5"]
    late = kept.replace("budget: {amount: 60000", "budget: {amount: 65000")
    assert send(tess, address, {"text": late, "c0_b0_pays": "1.5"}).status_code == 303
    plan = parse_plan(draft_of().source_text)
    assert (str(plan.budget.amount), str(plan.components[0].bands[0].percent)) == ("65000", "1.5")


def test_products_are_found_and_picked(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess, "product-launch")
    found = send(tess, address, {"find": "water bottle", "do": "find"})
    assert "add-sku:WB-H098" in found.text
    assert send(tess, address, {"do": "add-sku:WB-H098"}).status_code == 200
    assert parse_plan(draft_of().source_text).qualify.skus == ("HL-U509", "WB-H098")
    send(tess, address, {"skus": "HL-U509, NOPE-1"})
    assert "No product is called NOPE-1" in get(tess, address)


def test_the_second_of_two_writers_is_told_what_changed_and_loses_nothing(cast: Cast, as_: As):
    tess, sam = as_(cast.channel_manager), as_(cast.second_manager)
    address = start(tess)
    before = fields(sam, address)
    assert send(tess, address, {"budget": "70000"}).status_code == 303
    late = send(sam, address, {"c0_b3_pays": "6"}, base=before)
    assert late.status_code == 409
    assert "Tess Moran changed this draft" in late.text
    assert "Budget: from 60,000.00 USD to 70,000.00 USD." in late.text
    assert "Band from 3,000: from 5 % to 6 %." in late.text
    assert faults(late.text) == []
    assert "percent: 6" not in draft_of().source_text
    retry = [(name, str(draft_of().revision) if name == "revision" else value) for name, value in before]
    assert send(sam, address, {"c0_b3_pays": "6"}, base=retry).status_code == 303
    assert "percent: 6" in draft_of().source_text


def test_the_code_of_a_published_program_stays_and_of_a_new_one_must_be_free(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    taken = send(tess, address, {"code": VOLUME})
    assert taken.status_code == 422
    assert "Another program has the code" in taken.text
    assert send(tess, address, {"code": "calendar"}).status_code == 422
    assert send(tess, address, {"code": "my-own", "name": "My own"}).status_code == 303
    session.rollback()
    assert session.scalars(select(Program.name).where(Program.code == "my-own")).one() == "My own"
    with clock.frozen(TODAY):
        following = tess.post(f"/programs/{VOLUME}/next").headers["Location"]
    other = send(tess, following, {"code": "another-one"})
    assert other.status_code == 422
    assert "so the code stays" in other.text
    assert parse_plan(draft_of().source_text).starts.isoformat() == "2027-01-01"


def test_a_clone_is_a_new_program_and_the_old_one_stays(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    with clock.frozen(TODAY):
        answer = tess.post(f"/programs/{VOLUME}/clone")
    page = get(tess, answer.headers["Location"])
    assert f"{VOLUME}-copy" in page
    assert "Copy of Accessories and clothing volume rebate" in page
    assert session.scalars(select(Program.state).where(Program.code == VOLUME)).one() == "live"


def test_every_change_is_in_the_history_and_a_sitting_is_one_entry_of_the_audit_log(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    for budget in ("61000", "62000", "63000"):
        send(tess, address, {"budget": budget})
    send(tess, address, {"budget": "64000"}, at="2026-11-16T11:00")
    session.rollback()
    assert len(session.scalars(select(ProgramDraftStep)).all()) == 5
    changed = session.scalars(select(AuditEntry).where(AuditEntry.act == "draft.changed")).all()
    assert len(changed) == 1
    assert "5 changes" in get(tess, address.replace("/edit", ""))


def test_a_discarded_draft_is_gone_from_every_page(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    assert "Volume rebate" in get(tess, "/programs?state=draft")
    assert tess.post(address.replace("/edit", "/discard")).status_code == 303
    assert tess.get(address).status_code == 404
    assert "Volume rebate" not in get(tess, "/programs?state=draft")


def test_a_name_and_a_goal_longer_than_a_program_can_keep_are_told_at_their_fields(cast: Cast, as_: As):
    tess = as_(cast.channel_manager)
    address = start(tess)
    answer = send(tess, address, {"name": "n" * 201, "goal": "\U0001f6b2" * 401})
    assert answer.status_code == 422
    assert "Write at most 200 characters here." in answer.text
    assert "Write at most 400 characters here." in answer.text
    assert send(tess, address, {"name": "n" * 200, "goal": "\U0001f6b2" * 400}).status_code == 303
    assert session.scalar(select(Program.name).where(Program.code == "volume-rebate")) == "n" * 200


@pytest.mark.parametrize("nasty", ["", "\x00", "9" * 5000, "NaN", "{{7*7}}", "<script>", "-1", "x" * 60_000, "]", "&a"])
def test_nothing_typed_makes_the_editor_fail(cast: Cast, as_: As, nasty: str):
    tess = as_(cast.channel_manager)
    address = start(tess)
    base = fields(tess, address)
    for name in ("name", "code", "budget", "effective_until", "c0_b1_from", "skus", "components", "c0_bands", "pay_in"):
        answer = send(tess, address, {name: nasty}, base=base)
        assert answer.status_code in (200, 303, 422), (name, answer.status_code)
    with clock.frozen(TODAY):
        assert tess.post(address, data={"side": "text", "text": nasty}).status_code in (303, 422)
        assert tess.post(address, data={}).status_code in (200, 303, 422)
