"""The shape of what is typed about people."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text


class InvitePersonForm(PortalForm):
    """A person to invite; the view fills the roles."""

    name = StringField("Name", [InputRequired("A person needs a name."), Length(max=120), plain_text])
    email = StringField("E-mail", [InputRequired("Type the e-mail address."), Length(max=254), plain_text])
    role = SelectField("Role", choices=[])
    partner = StringField("Partner", [Length(max=40), plain_text])


class ChangeRoleForm(PortalForm):
    """Another role of the same side."""

    role = SelectField("Role", choices=[])
