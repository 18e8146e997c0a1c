"""Forms of the matching desk."""

from __future__ import annotations

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text


class MatchNameForm(PortalForm):
    """What a source means by a name."""

    source = HiddenField(validators=[InputRequired(), Length(max=64)])
    noun = SelectField(choices=[("partner", "Partner"), ("sku", "SKU")])
    name = HiddenField(validators=[InputRequired(), Length(max=200)])
    code = StringField(
        "Means", validators=[InputRequired("Choose a guess or type a code."), Length(max=64), plain_text]
    )
