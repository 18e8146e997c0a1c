"""The shape of what is typed about reporting."""

from __future__ import annotations

from wtforms import DateField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from portal.core.errors import InvalidInput
from portal.partners.people.rules import clean_email
from portal.web.forms import PortalForm, RadioField, SelectField, plain_text


class AddDutyForm(PortalForm):
    """Who owes which file by when, and who is asked; the view fills the partners."""

    source = StringField("Source", [InputRequired("Name the source, as its files do."), Length(max=64), plain_text])
    kind = SelectField("File", choices=[("sales", "Sales"), ("products", "Products"), ("fx", "Exchange rates"),
                                        ("partners", "Partners")])  # fmt: skip
    flow = SelectField("Kind of sales", choices=[("sell_in", "We sell to partners"),
                                                 ("sell_through", "A distributor sells to resellers"),
                                                 ("sell_out", "Sold to end customers")])  # fmt: skip
    partner = StringField("Partner or distributor", [Length(max=64), plain_text])
    rhythm = SelectField("Every", choices=[("month", "Month"), ("week", "Week"), ("day", "Day")])
    due_days = IntegerField("Business days after the period", [InputRequired("Say how many."), NumberRange(1, 60)])
    contact_name = StringField("Who is asked", [InputRequired("Name somebody."), Length(max=120), plain_text])
    contact_email = StringField("E-mail", [InputRequired("Enter the e-mail."), Length(max=254), plain_text])
    valid_from = DateField("From", [InputRequired("Name the first day.")])

    def validate_contact_email(self, field: StringField) -> None:
        """An address must be one that mail can be sent to."""
        try:
            clean_email(field.data or "")
        except InvalidInput as refusal:
            raise ValidationError(refusal.sentence) from refusal


class EndDutyForm(PortalForm):
    """The day after which nothing is owed."""

    valid_until = DateField("Until", [InputRequired("Name the day.")])


class AnswerGapForm(PortalForm):
    """What is signed off, and why."""

    answer = RadioField("Sign off", choices=[("nothing_sold", "Nothing was sold in this period"),
                                             ("accepted", "The figures are accepted without the file")],
                        default="nothing_sold")  # fmt: skip
    reason = StringField("Reason", [plain_text])
