"""The shape of an employer's answer."""

from __future__ import annotations

from wtforms import DateField
from wtforms.validators import InputRequired

from portal.web.forms import PortalForm, RadioField

ANSWERS = [
    ("allowed", "Yes, our people may receive them"),
    ("to_company", "Pay them to the company instead"),
    ("forbidden", "No, our people may not receive any"),
]


class AnswerSpifsForm(PortalForm):
    """One of three answers, and the day from which it holds."""

    answer = RadioField("May your people receive SPIFs", [InputRequired("Choose one of the three.")], choices=ANSWERS)
    valid_from = DateField("Holds from", [InputRequired("Name the day from which this holds.")])
