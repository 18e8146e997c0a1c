"""The shape of what is typed about certificates."""

from __future__ import annotations

from wtforms import DateField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.web.forms import PortalForm, SelectField


class AddCertificateForm(PortalForm):
    """Who holds which certificate on which days; the view fills the owners."""

    owner = SelectField("Held by", choices=[])
    name = StringField("Certificate", [InputRequired("Name the certificate."), Length(max=120)])
    valid_from = DateField("From", [InputRequired("Name the first day.")])
    valid_until = DateField("Until", [Optional()])


class WithdrawCertificateForm(PortalForm):
    """Which certificate holds no longer, from which day on."""

    number = IntegerField("Certificate", [InputRequired("Choose a certificate.")])
    valid_until = DateField("Until", [InputRequired("Name the day.")])
