"""Mail: into a folder by default, over SMTP when there is a server; once per fact and address."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from portal.config import Settings
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import emit
from portal.jobs.outbox import deliver_all
from portal.notifications.mail import build_message, mail_folder, send_message
from portal.notifications.mailing import send_mail
from portal.notifications.models import SentMail
from portal.partners.access.events import PasswordResetRequested
from portal.reactions import REACTIONS
from tests.journeys.demo_server import free_port


class Sink:
    """A real SMTP server that keeps what it is handed."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  the name the server calls
        self.received.append(envelope.content)
        return "250 OK"


def settings_in(folder: Path, **more) -> Settings:
    return Settings(data_dir=folder, database_url="sqlite://", **more)


@pytest.mark.one_database
def test_without_a_server_messages_become_files(tmp_path: Path):
    settings = settings_in(tmp_path)
    send_message(settings, build_message(settings, "ana@shop.example", "Hello", "Text", "<p>Text</p>"))
    files = list(mail_folder(settings).glob("*.eml"))
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert message["To"] == "ana@shop.example"
    assert message.get_body(("html",)).get_content().strip() == "<p>Text</p>"


@pytest.mark.one_database
def test_a_line_break_in_a_header_adds_no_header(tmp_path: Path):
    message = build_message(settings_in(tmp_path), "a@b.example", "Hi\r\nBcc: all@b.example", "Text", None)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hi Bcc: all@b.example"


@pytest.mark.one_database
def test_with_a_server_messages_go_over_smtp(tmp_path: Path):
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = settings_in(tmp_path, smtp_url=f"smtp://127.0.0.1:{controller.port}")
        send_message(settings, build_message(settings, "ana@shop.example", "Hello", "Text", None))
    finally:
        controller.stop()
    assert b"To: ana@shop.example" in sink.received[0]
    assert not mail_folder(settings).exists()


def reset_for(email: str) -> PasswordResetRequested:
    return PasswordResetRequested(
        person_id=1, email=email, name="Ana", expires_at=clock.now().isoformat(), token="the-token"
    )


def test_a_fact_is_mailed_once_however_often_it_is_delivered(app, tmp_path: Path):
    with app.app_context():
        with transaction():
            emit(reset_for("ana@shop.example"))
        deliver_all(REACTIONS)
        with transaction():
            assert not send_mail("password_reset_requested", "ana@shop.example", _key(), **vars(reset_for("x")))
        sent = session.scalars(select(SentMail)).all()
        files = list(mail_folder(app.extensions["settings"]).glob("*.eml"))
    assert len(sent) == len(files) == 1
    text = message_from_bytes(files[0].read_bytes(), policy=policy.default).get_body(("plain",)).get_content()
    assert "the-token" in text
    assert "http://localhost:8000" in text


def _key() -> str:
    sent = session.scalars(select(SentMail)).one()
    return sent.key.split(":")[1]
