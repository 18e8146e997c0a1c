"""The shape of what is typed about programs."""

from __future__ import annotations

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm, plain_text


class WriteDraftForm(PortalForm):
    """A plan text with a title."""

    title = StringField(
        "Title", [DataRequired("Give the draft a title."), Length(max=200), plain_text],
        description="What makes this draft different, such as “Whole-volume draft”.",
    )  # fmt: skip
    text = TextAreaField(
        "Plan", [DataRequired("Write the plan, or paste it here."), Length(max=100_000), plain_text],
        description="A plan document in YAML; the code says which program it is a version of.",
    )  # fmt: skip


class PublishDraftForm(PortalForm):
    """How a version that begins inside a period treats it."""

    inside_period = SelectField(
        "If it begins inside a period",
        choices=[
            ("", "It begins on the first day of a period"),
            ("next_period", "Leave the running period to the version before"),
            ("recalculate", "Calculate the whole running period again"),
        ],
        validate_choice=True,
    )
