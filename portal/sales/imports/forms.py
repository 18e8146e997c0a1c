"""Forms of imports."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.web.forms import PortalForm, SelectField, plain_text

FLOWS = [
    ("sell_in", "Sell-in: we sell to a partner"),
    ("sell_through", "Sell-through: a distributor sells to a reseller"),
    ("sell_out", "Sell-out: a partner sells to an end customer"),
]
MODES = [("add", "Add what is new"), ("replace", "Replace what this source sent for some days")]


class UploadImportForm(PortalForm):
    """A file and who sends it."""

    kind = SelectField("What is in the file", choices=[("sales", "Sales")])
    file = FileField("CSV file", validators=[InputRequired("Choose a CSV file.")])
    source = StringField("Source", validators=[Length(max=64), plain_text])
    flow = SelectField("Flow of rows that name none", choices=FLOWS, default="sell_in")
    mode = SelectField("Mode", choices=MODES, default="add")
    range_from = DateField("First day to replace", validators=[Optional()])
    range_until = DateField("First day after it", validators=[Optional()])
