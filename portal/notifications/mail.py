"""Sending one message: over SMTP, or into a folder as .eml files (the default)."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portal.config import Settings
from portal.core import clock
from portal.core.ids import digest

TIMEOUT = 20


def build_message(settings: Settings, to: str, subject: str, text: str, html: str | None) -> EmailMessage:
    """A message with a plain and, if given, an HTML body; line breaks in headers are impossible."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = " ".join(to.split())
    message["Subject"] = " ".join(subject.split())
    message["Date"] = formatdate(clock.now().timestamp(), localtime=False)
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.portal_url).hostname or "portal")
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def send_message(settings: Settings, message: EmailMessage) -> None:
    """Hand the message over; raises OSError or smtplib.SMTPException when that fails."""
    if settings.smtp_url:
        _send_smtp(settings.smtp_url, message)
    else:
        _write_file(mail_folder(settings), message)


def mail_folder(settings: Settings) -> Path:
    """Where messages land when there is no mail server."""
    return settings.mail_dir or settings.data_dir / "mail"


def _write_file(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%f")
    (folder / f"{stamp}-{digest(str(message['Message-ID']))[:8]}.eml").write_bytes(message.as_bytes())


def _send_smtp(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    host, port = parts.hostname or "localhost", parts.port or (465 if secure else 25)
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
        if secure
        else smtplib.SMTP(host, port, timeout=TIMEOUT)
    ) as server:
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
