"""The shape of what is typed about supply."""

from __future__ import annotations

from wtforms import DateField
from wtforms.validators import InputRequired, Optional

from portal.web.forms import PortalForm, SelectField


class StartSupplyForm(PortalForm):
    """A distributor and the days of its supply; the view fills the distributors."""

    distributor = SelectField("Distributor", choices=[])
    valid_from = DateField("From", [InputRequired("Name the first day.")])
    valid_until = DateField("Until", [Optional()])


class EndSupplyForm(PortalForm):
    """The first day without supply."""

    valid_until = DateField("Until", [InputRequired("Name the day.")])
