"""The shape of what is typed about mergers and splits."""

from __future__ import annotations

from wtforms import BooleanField, DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.forms import PortalForm, SelectMultipleField, plain_text

NAME_THE_DAY = "Name the day from which it holds."


class MergePartnerForm(PortalForm):
    """Which partner this one becomes part of, and from which day."""

    into = StringField("Becomes part of", [InputRequired("Type the code of the other partner."), Length(max=40),
                                           plain_text])  # fmt: skip
    valid_from = DateField("Holds from", [InputRequired(NAME_THE_DAY)])
    balance = BooleanField("Move what is available on its accounts too")
    reason = TextAreaField("Reason", [InputRequired("Say why; it is kept with the change."), Length(max=500),
                                      plain_text])  # fmt: skip


class SelectMultipleFieldCheckbox(SelectMultipleField):
    """Several of many as check boxes; the field component draws it by its name."""

    widget = ListWidget()
    option_widget = CheckboxInput()


class SplitPartnerForm(PortalForm):
    """The new shop and who goes with it; the view fills the people."""

    name = StringField("Name of the new shop", [InputRequired("A partner needs a name."), Length(max=200), plain_text])
    code = StringField("Its code", [InputRequired("A partner needs a code."), Length(max=40), plain_text])
    people = SelectMultipleFieldCheckbox("Who goes with it", choices=[], coerce=int)
    valid_from = DateField("Holds from", [InputRequired(NAME_THE_DAY)])
    reason = TextAreaField("Reason", [InputRequired("Say why; it is kept with the change."), Length(max=500),
                                      plain_text])  # fmt: skip


class UndoMergerForm(PortalForm):
    """Why a merger is taken back."""

    reason = TextAreaField("Reason", [InputRequired("Say why; it is kept with the change."), Length(max=500),
                                      plain_text])  # fmt: skip
