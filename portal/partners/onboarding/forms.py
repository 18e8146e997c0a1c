"""The shape of an application and of its decision."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.partners.organizations.models import PartnerType
from portal.partners.tiers.rules import TIERS
from portal.web.forms import PortalForm, SelectField, plain_text

KINDS = [("", "Choose"), *((kind.value, kind.value.capitalize()) for kind in PartnerType)]


class ApplyForPartnershipForm(PortalForm):
    """What a company says of itself."""

    company = StringField("Company", [InputRequired("Write the name of your company."), Length(max=200), plain_text])
    type = SelectField("Kind of business", [InputRequired("Choose what kind of business you are.")], choices=KINDS)
    country = StringField("Country", [InputRequired("Write the country."), Length(max=80), plain_text])
    currency = StringField("Currency", [InputRequired("Three letters, such as USD."), Length(3, 3), plain_text])
    territory = SelectField("Territory", choices=[])
    website = StringField("Website", [Length(max=200), plain_text])
    contact_name = StringField("Your name", [InputRequired("Write your name."), Length(max=120), plain_text])
    contact_email = StringField("Your e-mail", [InputRequired("Write your e-mail."), Length(max=254), plain_text])
    message = TextAreaField("What you sell", [Length(max=2000), plain_text])


class ApproveApplicationForm(PortalForm):
    """Code, tier and place of the new partner."""

    code = StringField("Code", [InputRequired("A partner needs a code."), Length(max=40), plain_text])
    tier = SelectField("Tier", choices=[("", "None"), *((tier, tier.capitalize()) for tier in TIERS)])
    segment = StringField("Segment", [Length(max=80), plain_text])
    territory = SelectField("Territory", choices=[])


class RejectApplicationForm(PortalForm):
    """Why a company does not become a partner."""

    reason = TextAreaField("Reason", [InputRequired("Say why; the applicant reads it."), Length(max=1000), plain_text])
