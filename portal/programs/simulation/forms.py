"""The shape of what is typed about what-ifs."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text


class AddSimulationForm(PortalForm):
    """Which plan is tried, over which days, beside which program."""

    what = SelectField("Try")
    since = DateField("From", [DataRequired("Name the first day that counts.")])
    until = DateField("Until before", [DataRequired("Name the first day that no longer counts.")])
    against = SelectField("Compare with")


class MendDraftForm(PortalForm):
    """The plan a finding proposes."""

    text = TextAreaField("Plan", [DataRequired("There is no plan in it."), Length(max=100_000), plain_text])


class ReconcileForm(PortalForm):
    """A file of what was really paid."""

    file = FileField("File", [FileRequired("Choose a CSV file.")])
