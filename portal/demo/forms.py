"""The buttons of the tour."""

from __future__ import annotations

from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from portal.web.forms import PortalForm


class OpenStepForm(PortalForm):
    """Which of a step's doors."""

    door = IntegerField("Door", [NumberRange(0, 9)], default=0)


class ChangePersonForm(PortalForm):
    """Whom to become."""

    email = StringField("Person", [InputRequired()])
