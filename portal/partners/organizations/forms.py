"""The shape of what is typed about a partner."""

from __future__ import annotations

from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.partners.organizations.models import PartnerType
from portal.web.forms import PortalForm, SelectField, plain_text

TYPES = [(kind.value, kind.value.capitalize()) for kind in PartnerType]
UNCHANGED = ("", "Leave as it is")


class ProfileFields(PortalForm):
    """What is not dated."""

    name = StringField("Name", [InputRequired("A partner needs a name."), Length(max=200), plain_text])
    email = StringField("E-mail", [Length(max=254), plain_text])


class ValueFields(PortalForm):
    """Values that hold from a day on; the view fills the choices."""

    type = SelectField("Type", choices=TYPES, default="reseller")
    territory = SelectField("Territory", choices=[])
    segment = StringField("Segment", [Length(max=80), plain_text])
    parent = StringField("Belongs to", [Length(max=40), plain_text])
    country = StringField("Country", [Length(max=80), plain_text])


class AddPartnerForm(ProfileFields, ValueFields):
    """A new partner."""

    code = StringField("Code", [InputRequired("A partner needs a code."), Length(max=40), plain_text])
    currency = StringField("Currency", [InputRequired("Name the currency, such as USD."), Length(3, 3), plain_text])
    tier = SelectField("Tier", choices=[])


class ChangePartnerForm(ProfileFields, ValueFields):
    """Changes to a partner, with the day from which the dated ones hold."""

    valid_from = DateField("Holds from", [InputRequired("Name the day from which this holds.")])
    reason = StringField("Reason", [Length(max=500), plain_text])


class ChangePartnersForm(PortalForm):
    """The same change for many partners; the view fills the choices."""

    manager = SelectField("Channel manager", choices=[])
    territory = SelectField("Territory", choices=[])
    segment = StringField("Segment", [Optional(), Length(max=80), plain_text])
    valid_from = DateField("Holds from", [InputRequired("Name the day from which this holds.")])
    reason = StringField("Reason", [Length(max=500), plain_text])


class ClosePartnerForm(PortalForm):
    """Why a partner closes."""

    reason = TextAreaField("Reason", [InputRequired("Say why the partner closes."), Length(max=500), plain_text])
