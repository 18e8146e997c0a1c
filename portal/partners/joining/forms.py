"""The shape of what is typed to join a shop."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, plain_text


class JoinShopForm(PortalForm):
    """The shop's code, and who one is."""

    code = StringField("Code of your shop", [InputRequired("Type the code."), Length(max=20), plain_text])
    name = StringField("Your name", [InputRequired("Type your name."), Length(max=120), plain_text])
    email = StringField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254), plain_text])


class ProveAddressForm(PortalForm):
    """Nothing but the button."""


class DeclineJoinerForm(PortalForm):
    """Why somebody is turned away."""

    reason = TextAreaField("Reason", [InputRequired("Say why; the person reads it."), Length(max=500), plain_text])
