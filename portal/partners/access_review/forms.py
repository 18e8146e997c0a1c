"""The shape of what is typed in a review of access."""

from __future__ import annotations

from wtforms import StringField, TextAreaField

from portal.web.forms import PortalForm, plain_text


class DecideAccessForm(PortalForm):
    """Keep or remove, and why."""

    verdict = StringField("Verdict", [plain_text])
    reason = StringField("Reason", [plain_text])


class SignOffForm(PortalForm):
    """What the signer adds."""

    note = TextAreaField("Note", [plain_text])
