"""The console script, from an empty database to a proved one, through the commands others script against."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gunicorn.app.wsgiapp import WSGIApplication

from portal import cli
from portal.core import clock, db
from portal.core.migrate import downgrade
from portal.partners.people.queries import find_person_by_email
from portal.security import passwords
from portal.security.limits.rules import Kind
from tests.partners.limiting import bound

PARTNERS = """code,name,type,parent,territory,segment,tier,country,currency,email
SHOP,Friendly Bike Shop,reseller,,Northwest,,gold,US,USD,shop@example.com
"""
PRODUCTS = """sku,name,category,list_price,cost,currency
WB-1,Water bottle,Accessories / Bottles,4.99,1.87,USD
"""
SALES = """external_id,partner,sku,quantity,unit_price,amount,currency,sold_on,invoice_no,seller,end_customer,serial_no
L-1,SHOP,WB-1,10,,2021.77,USD,2026-07-14,INV-1,,,
L-2,SHOP,NOPE,1,,1.00,USD,2026-07-14,INV-1,,,
"""
PLAN = """
code: volume
name: Volume rebate
kind: rebate
effective: {from: 2026-01-01}
period: quarter
pay: {in: USD}
components:
  - {code: volume, method: tiered, bands: [{from: 0, percent: 1}, {from: 500, percent: 2.5}, {from: 1800, percent: 4}]}
"""


@pytest.fixture
def portal(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run one command as the console script would."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", "a long secret of many different letters 0123")
    monkeypatch.chdir(tmp_path)
    passwords.configure(time_cost=1, memory_kib=8)
    cli.load_commands()

    def run(*arguments: str, text: str | None = None) -> Result:
        with clock.frozen("2026-08-10T10:00"):
            return CliRunner().invoke(cli.portal, list(arguments), input=text)

    yield run
    db.session.remove()
    db.engine().dispose()


def add_managers(portal) -> None:
    for name in ("tess", "sam"):
        added = portal(
            "people", "add", f"{name}@vendor.example", "--role", "channel_manager", "--name", name.title(),
            "--password-stdin", text="correct horse battery staple\n",
        )  # fmt: skip
        assert added.exit_code == 0, added.output


def test_from_an_empty_database_to_an_explained_earning(portal, tmp_path: Path):
    for name, content in {"partners": PARTNERS, "products": PRODUCTS, "sales": SALES}.items():
        (tmp_path / f"{name}.csv").write_text(content)
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert portal("db", "upgrade").exit_code == 0
    assert portal("import", "partners", "partners.csv").exit_code == 0
    assert portal("import", "products", "products.csv").exit_code == 0
    imported = portal("import", "sales", "sales.csv", "--source", "erp")
    assert imported.exit_code == 0
    assert "new" in imported.output
    add_managers(portal)
    published = portal(
        "programs", "publish", "plan.yaml", "--by", "tess@vendor.example", "--approved-by", "sam@vendor.example"
    )
    assert "Published version 1" in published.output
    assert "Nothing was posted." in portal("calculate", "--no-post").output
    assert "1 differences posted." in portal("calculate").output
    explained = json.loads(portal("explain", "volume", "SHOP", "2026-07-01", "--json").output)
    assert (explained[0]["measure"], explained[0]["earned"], explained[0]["unit"]) == ("2021.77", "46.37", "USD")
    assert "46.37" in portal("explain", "volume", "SHOP", "2026-07-01").output
    assert "46.37" in portal("export", "earnings", "--format", "csv").output
    assert "All is well" in portal("verify").output


def test_nobody_publishes_alone(portal, tmp_path: Path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    portal("db", "upgrade")
    add_managers(portal)
    alone = portal(
        "programs", "publish", "plan.yaml", "--by", "tess@vendor.example", "--approved-by", "tess@vendor.example"
    )
    assert alone.exit_code == 1
    assert "someone else must approve it. Sam can." in alone.output
    nobody = portal("programs", "publish", "plan.yaml", "--by", "x@y.example", "--approved-by", "tess@vendor.example")
    assert nobody.exit_code == 1
    assert "Nobody has the address" in nobody.output


def test_a_plan_that_does_not_parse_names_line_and_key(portal, tmp_path: Path):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("period: quarter", "period: fortnight"))
    portal("db", "upgrade")
    add_managers(portal)
    refused = portal(
        "programs", "publish", "plan.yaml", "--by", "tess@vendor.example", "--approved-by", "sam@vendor.example"
    )
    assert refused.exit_code == 1
    assert "Line 6, period" in refused.output


def test_a_file_that_is_no_text_is_refused_in_words(portal, tmp_path: Path):
    (tmp_path / "plan.yaml").write_bytes(b"\xff\xfe\x00")
    portal("db", "upgrade")
    refused = portal("programs", "publish", "plan.yaml", "--by", "a@b.example", "--approved-by", "c@d.example")
    assert "not UTF-8" in refused.output


def test_a_strange_time_is_refused_in_words(portal):
    portal("db", "upgrade")
    assert "is no time" in portal("calculate", "--as-of", "yesterday").output
    unknown = portal("calculate", "--program", "nope")
    assert unknown.exit_code == 1
    assert "There is no program nope." in unknown.output
    assert "future" in portal("calculate", "--as-of", "2999-01-01").output


@pytest.mark.one_database
def test_an_address_leads_to_its_code(portal):
    portal("db", "upgrade")
    found = portal("where", "POST", "/claims/7/approve")
    assert "portal/claims/review/views.py" in found.output
    assert "claim:approve" in found.output
    assert "approve_claim" in found.output
    whole = portal("where", "POST", "http://localhost:8000/claims/7/approve?x=1")
    assert whole.output == found.output
    assert "merge_partners" in portal("where", "POST", "/partners/SHOP/merge").output
    assert "publish_draft" in portal("where", "POST", "/programs/drafts/P-1/publish").output
    assert "services    none" in portal("where", "GET", "/badges").output
    assert portal("where", "GET", "/nowhere").exit_code == 1
    wrong = portal("where", "GET", "/claims/7/approve")
    assert (wrong.exit_code, wrong.output.strip()) == (1, "GET /claims/7/approve: This address takes POST.")


@pytest.mark.one_database
def test_serving_without_a_secret_is_refused(portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "short")
    refused = portal("serve")
    assert refused.exit_code == 1
    assert "SECRET_KEY" in refused.output


def test_the_worker_does_what_is_due_and_ends(portal):
    portal("db", "upgrade")
    done = portal("worker", "--once")
    assert done.exit_code == 0, done.output
    assert "All is well" in portal("verify").output


def test_who_approves_above_the_own_limit_is_refused_with_who_can(portal, tmp_path: Path):
    (tmp_path / "plan.yaml").write_text(PLAN.replace("components:", "budget: {amount: 1000}\ncomponents:"))
    portal("db", "upgrade")
    add_managers(portal)
    for name in ("una", "vic"):
        portal("people", "add", f"{name}@vendor.example", "--role", "channel_manager", "--name", name.title(),
               "--password-stdin", text="correct horse battery staple\n")  # fmt: skip
    sam = find_person_by_email("sam@vendor.example")
    assert sam is not None
    publish = ("programs", "publish", "plan.yaml", "--by", "tess@vendor.example", "--approved-by", "sam@vendor.example")
    bound(sam, Kind.PROGRAM, 99_999)
    refused = portal(*publish)
    assert refused.exit_code == 1
    says = "This program may pay 1,000.00 USD; the limit of Sam for programs is 999.99 USD."
    assert f"{says} Una or Vic can decide it." in refused.output
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert "This program has no budget, so it may pay any amount" in portal(*publish).output
    (tmp_path / "plan.yaml").write_text(PLAN.replace("components:", "budget: {amount: 999.99}\ncomponents:"))
    assert "Published version 1" in portal(*publish).output


@pytest.mark.one_database
def test_a_demo_whose_port_is_taken_says_so_before_it_builds_anything(portal, tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = portal("demo", "--port", str(port))
    assert refused.exit_code == 1
    assert f"Port {port} is taken. Choose another one" in refused.output
    assert not (tmp_path / "data" / "portal.sqlite3").exists()


def test_commands_on_an_empty_database_say_what_to_run_first(portal):
    for command in (["verify"], ["export", "earnings"], ["people", "add", "a@b.example", "--role", "admin"]):
        told = portal(*command)
        assert told.exit_code == 1, told.output
        assert told.output == "The database is empty. Run `portal db upgrade`, then try again.\n"


def test_commands_on_an_older_database_name_what_is_missing(portal):
    portal("db", "upgrade")
    downgrade(db.engine(), "0004")
    told = portal("verify")
    assert told.exit_code == 1
    assert told.output.startswith("The database is at 0004, this portal needs 00")


def test_a_database_that_is_not_there_is_told_in_one_sentence(portal, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}")
    assert portal("verify").output == "The database does not answer: unable to open database file\n"
    monkeypatch.setenv("DATABASE_URL", "not an address")
    assert "DATABASE_URL is no address of a database" in portal("verify").output


def test_the_server_starts_from_any_folder(portal, monkeypatch: pytest.MonkeyPatch):
    given: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["portal"])
    monkeypatch.setattr(WSGIApplication, "__init__", lambda self, usage: None)
    monkeypatch.setattr(WSGIApplication, "run", lambda self: given.append(sys.argv))
    assert portal("serve", "--port", "8123").exit_code == 0
    place = given[0][given[0].index("--pythonpath") + 1]
    assert (Path(place) / "wsgi.py").exists()
    assert Path.cwd() != Path(place)
