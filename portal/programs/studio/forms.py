"""The shape of what is typed to amend a program."""

from __future__ import annotations

from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from portal.web.forms import PortalForm, plain_text


class AmendProgramForm(PortalForm):
    """What is to be different; every field may stay empty."""

    last_day = DateField("New last day", [Optional()], description="The last day that still counts.")
    skus = TextAreaField(
        "Products to add", [Length(max=20_000), plain_text],
        description="SKUs; where each product pays its own amount, SKU and amount, one a line.",
    )  # fmt: skip
    budget = StringField("New budget", [Length(max=30), plain_text])
    note = TextAreaField("Note", [Length(max=2000), plain_text], description="Why, for whoever approves it.")
