"""The shape of what is typed about territories."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.forms import PortalForm, SelectMultipleField, plain_text


class AddTerritoryForm(PortalForm):
    """A new territory."""

    name = StringField("Name", [InputRequired("A territory needs a name."), Length(max=80), plain_text])
    region = StringField("Region", [Length(max=80), plain_text])
    country = StringField("Country", [Length(max=80), plain_text])


class SelectMultipleFieldCheckbox(SelectMultipleField):
    """Several of many as check boxes; the field component draws it by its name."""

    widget = ListWidget()
    option_widget = CheckboxInput()


class AssignTerritoriesForm(PortalForm):
    """The territories of one channel manager; the view fills them."""

    territories = SelectMultipleFieldCheckbox("Territories", choices=[], coerce=int)
