"""The shape of what is typed at the door and on one's own account page."""

from __future__ import annotations

from zoneinfo import available_timezones

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text

THEMES = [("system", "As the device"), ("light", "Light"), ("dark", "Dark")]
ZONES = [("", "As the portal"), *((name, name) for name in sorted(available_timezones()))]


class LogInForm(PortalForm):
    """E-mail and password."""

    email = StringField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254), plain_text])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=1024), plain_text])
    next = HiddenField()


class AskPasswordResetForm(PortalForm):
    """The address to which a link is mailed."""

    email = StringField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254), plain_text])


class AskLogInLinkForm(AskPasswordResetForm):
    """The address to which a link to log in is mailed."""


class UseLogInLinkForm(PortalForm):
    """Nothing but the button."""


class NewPasswordForm(PortalForm):
    """A new password, typed twice."""

    password = PasswordField("New password", [InputRequired("Choose a password."), Length(max=1024), plain_text])
    again = PasswordField("The same again", [EqualTo("password", "The two passwords differ. Type both again.")])


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one."""

    current = PasswordField("Present password", [InputRequired("Type your present password."), Length(max=1024)])


class ChangeProfileForm(PortalForm):
    """What a person decides about the own account."""

    name = StringField("Name", [InputRequired("A person needs a name."), Length(max=120), plain_text])
    theme = SelectField("Look", choices=THEMES)
    tz = SelectField("Time zone", choices=ZONES)
