"""The shape of what staff say about an order."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, plain_text


class FulfillOrderForm(PortalForm):
    """A note for the person, such as a tracking number."""

    note = TextAreaField("Note to the person", [Length(max=500), plain_text])


class RefuseOrderForm(PortalForm):
    """Why an order cannot be handed over."""

    reason = TextAreaField("Reason", [InputRequired("Say why; the person reads it."), Length(max=500), plain_text])
