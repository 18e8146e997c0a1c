"""Four eyes on every path: who wrote, asked or helped never publishes; a second manager approves or sends back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.errors import FourEyes
from portal.core.events import OutboxRow
from portal.notifications.models import Notification
from portal.programs.commands import publish
from portal.programs.definitions.drafts import get_draft
from portal.programs.definitions.models import Program, ProgramDraft, ProgramVersion
from portal.programs.rollouts.jobs import run_waiting_rollouts
from portal.programs.simulation.jobs import run_waiting_simulations
from portal.reactions import REACTIONS
from tests.conventions.markup import faults
from tests.people import Cast, viewer_of
from tests.programs.shop_year import TODAY, VOLUME, open_channel
from tests.programs.test_studio import As, get, send


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The small channel with its three plans."""
    return open_channel().cast


def post(client, address: str, **data: str):
    """Post on the frozen day."""
    with clock.frozen(TODAY):
        return client.post(address, data=data)


def asked(cast: Cast, as_: As, *, budget: str = "61000") -> str:
    """A next version of the volume rebate that waits; returns the address of its draft."""
    tess = as_(cast.channel_manager)
    address = post(tess, f"/programs/{VOLUME}/next").headers["Location"]
    assert send(tess, address, {"budget": budget}).status_code == 303
    page = address.replace("/edit", "")
    sent = post(tess, f"{page}/ask", treatment="marketing_service", note="More budget for spring")
    assert sent.status_code == 303, sent.text
    return page


def deliver(app: Flask, *facts: str) -> None:
    """Let the portal's own notices be written, as the worker would; no mail is sent."""
    with app.app_context(), transaction():
        rows = session.scalars(select(OutboxRow).where(OutboxRow.fact.in_(facts))).all()
        for row in rows:
            REACTIONS[row.fact][0]({**json.loads(row.payload), "fact_id": row.id})
    assert {row.fact for row in rows} == set(facts)


def notices(person_id: int) -> list[tuple[str, str]]:
    """What somebody was told, with the link."""
    session.rollback()
    query = select(Notification.sentence, Notification.link).where(Notification.person_id == person_id)
    return [(sentence, link) for sentence, link in session.execute(query.order_by(Notification.id))]


def test_the_second_manager_sees_text_difference_treatment_and_note_and_publishes(app: Flask, cast: Cast, as_: As):
    page, sam = asked(cast, as_), as_(cast.second_manager)
    shown = get(sam, page)
    for told in (
        "Budget: from 60,000.00 USD to 61,000.00 USD.", "amount: 61000", "Marketing service", "More budget for spring",
        "You approve what Tess Moran wrote", "Send back",
    ):  # fmt: skip
        assert told in shown, told
    revision = shown.split('name="revision" value="')[1].split('"')[0]
    done = post(sam, f"{page}/publish", inside_period="", revision=revision)
    assert done.status_code == 303
    session.rollback()
    version = session.scalars(select(ProgramVersion).order_by(ProgramVersion.id.desc())).first()
    assert (version.number, version.drafted_by_id, version.approved_by_id) == (
        2, cast.channel_manager.id, cast.second_manager.id,
    )  # fmt: skip
    assert session.scalars(select(Program.treatment).where(Program.code == VOLUME)).one() == "marketing_service"
    program = get(sam, f"/programs/{VOLUME}")
    assert "Scheduled:" in program
    assert "version 2 from 1 January 2027" in program
    listed = get(sam, "/programs?q=volume")
    assert "Version 2 begins 1 Jan 2027" in " ".join(listed.split())


def test_publishing_tells_those_whom_it_pays_and_nobody_else(app: Flask, cast: Cast, as_: As):
    page = asked(cast, as_)
    assert post(as_(cast.second_manager), f"{page}/publish", inside_period="").status_code == 303
    deliver(app, "ProgramAnnounced", "ApprovalAsked")
    with clock.frozen(TODAY):
        run_waiting_simulations()
        run_waiting_rollouts()
    deliver(app, "VersionTold")
    told = notices(cast.partner_admin.id)
    assert len(told) == 1
    assert told[0][0].startswith("Accessories and clothing volume rebate is changed to version 2 from 1 January 2027.")
    assert told[0][1] == f"/my-programs/{VOLUME}"
    assert notices(cast.rival_admin.id) == []
    assert notices(cast.seller.id) == []
    assert notices(cast.second_manager.id)[0][1] == page
    deliver(app, "ProgramAnnounced", "VersionTold")
    assert len(notices(cast.partner_admin.id)) == 1


@pytest.mark.one_database
def test_the_command_line_tells_the_same_people_the_same_as_the_studio(app: Flask, cast: Cast, as_: As, tmp_path: Path):
    page = asked(cast, as_)
    text = session.scalars(select(ProgramDraft.source_text).order_by(ProgramDraft.id.desc())).first()
    assert post(as_(cast.second_manager), f"{page}/publish", inside_period="").status_code == 303
    (tmp_path / "plan.yaml").write_text(text.replace("from: 2027-01-01", "from: 2027-04-01"), encoding="utf-8")
    by = ["--by", cast.channel_manager.email, "--approved-by", cast.second_manager.email]
    with clock.frozen(TODAY):
        done = CliRunner().invoke(publish, [str(tmp_path / "plan.yaml"), *by], catch_exceptions=False)
    assert "Published version 3" in done.output
    session.rollback()
    query = select(OutboxRow.payload).where(OutboxRow.fact == "ProgramAnnounced").order_by(OutboxRow.id)
    studio, command = [json.loads(payload) for payload in session.scalars(query)]
    for name in ("person_ids", "recipients", "link", "terms"):
        assert command[name] == studio[name], name
    assert cast.partner_admin.id in command["person_ids"]


@pytest.mark.one_database
def test_a_draft_is_sent_back_with_a_note_and_only_with_one(app: Flask, cast: Cast, as_: As):
    page, sam = asked(cast, as_), as_(cast.second_manager)
    bare = post(sam, f"{page}/send-back", note="")
    assert bare.status_code == 422
    assert "Write what is to be changed" in bare.text
    assert post(sam, f"{page}/send-back", note="The band at 500 is too dear").status_code == 303
    deliver(app, "DraftSentBack")
    assert "Sam Idris sent" in notices(cast.channel_manager.id)[0][0]
    tess = as_(cast.channel_manager)
    assert "The band at 500 is too dear" in get(tess, page)
    assert send(tess, f"{page}/edit", {"c0_b1_pays": "2"}).status_code == 303
    assert post(sam, f"{page}/publish", inside_period="").status_code == 409


def test_nobody_who_wrote_or_asked_publishes_on_any_path(app: Flask, cast: Cast, as_: As):
    page, tess, sam = asked(cast, as_), as_(cast.channel_manager), as_(cast.second_manager)
    own = post(tess, f"{page}/publish", inside_period="")
    assert own.status_code == 403
    assert "You wrote this version, so someone else must approve it. Sam Idris can." in own.text
    assert post(tess, f"{page}/send-back", note="no").status_code == 403
    assert post(tess, f"{page}/take-back").status_code == 303
    assert send(sam, f"{page}/edit", {"cap_period": "900"}).status_code == 303
    assert post(tess, f"{page}/ask", treatment="revenue_reduction").status_code == 303
    helper = post(sam, f"{page}/publish", inside_period="")
    assert helper.status_code == 403
    assert "You wrote this version" in helper.text
    assert "every channel manager wrote at it" not in get(sam, page)
    from portal.programs.definitions.approval import publish_draft

    with pytest.raises(FourEyes), transaction():
        publish_draft(
            get_draft(viewer_of(cast.second_manager), page.split("/")[-1], lock=True),
            approved_by=viewer_of(cast.second_manager),
        )
    for outsider in (cast.finance, cast.auditor, cast.partner_admin, cast.seller):
        assert post(as_(outsider), f"{page}/publish", inside_period="").status_code == 403
    assert session.scalars(select(ProgramVersion.number).join(Program).where(Program.code == VOLUME)).all() == [1]


@pytest.mark.one_database
def test_a_draft_that_waits_cannot_be_changed_and_what_was_not_read_is_not_approved(cast: Cast, as_: As):
    page, tess, sam = asked(cast, as_), as_(cast.channel_manager), as_(cast.second_manager)
    refused = send(tess, f"{page}/edit", {"budget": "1"})
    assert refused.status_code == 409
    assert "Take it back to change it" in refused.text
    stale = post(sam, f"{page}/publish", inside_period="", revision="1")
    assert stale.status_code == 409
    assert "Read it again" in stale.text
    assert faults(stale.text) == []
    assert post(sam, f"{page}/take-back").status_code == 403
    assert post(tess, f"{page}/ask", treatment="revenue_reduction").status_code == 409
    for odd in ("x", "9" * 30, "-1"):
        assert post(sam, f"{page}/publish", inside_period="", revision=odd).status_code == 409
    assert post(tess, f"{page}/ask", treatment="gift").status_code in (409, 422)


@pytest.mark.one_database
def test_a_single_version_has_nothing_beside_it(cast: Cast, as_: As):
    shown = get(as_(cast.auditor), f"/programs/{VOLUME}/compare")
    assert "Version 1 is the only one so far" in shown
    assert "both say the same" not in shown
    assert f"/programs/{VOLUME}/versions/1" in shown


@pytest.mark.one_database
def test_two_versions_are_compared_in_words(cast: Cast, as_: As):
    page = asked(cast, as_)
    assert post(as_(cast.second_manager), f"{page}/publish", inside_period="").status_code == 303
    shown = get(as_(cast.auditor), f"/programs/{VOLUME}/compare?from=1&to=2")
    assert "Budget: from 60,000.00 USD to 61,000.00 USD." in shown
    assert "First day: from 1 January 2026 to 1 January 2027." in shown
    assert "Nothing: both say the same." in get(as_(cast.auditor), f"/programs/{VOLUME}/compare?from=2&to=2")
    assert as_(cast.auditor).get(f"/programs/{VOLUME}/compare?from=x&to=99").status_code == 200
    assert as_(cast.partner_admin).get(f"/programs/{VOLUME}/compare").status_code == 403
