"""The shape of what is typed about programs."""

from __future__ import annotations

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.programs.definitions.rules import TREATMENTS
from portal.web.forms import PortalForm, SelectField, plain_text


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


class AskApprovalForm(PortalForm):
    """How the payments are booked, and what the second manager should know."""

    treatment = SelectField("Booked as", choices=list(TREATMENTS.items()))
    note = TextAreaField(
        "Note", [Length(max=2000), plain_text], description="What changed and why, for whoever approves it."
    )


class SendBackForm(PortalForm):
    """What is to be changed."""

    note = TextAreaField(
        "What is to be changed",
        [DataRequired("Write what is to be changed, so that the writer can mend it."), Length(max=2000), plain_text],
    )


class PublishDraftForm(PortalForm):
    """How a version that begins inside a period treats it; `revision` is the one that was read."""

    revision = HiddenField()

    inside_period = SelectField(
        "If it begins inside a period",
        choices=[
            ("", "It begins on the first day of a period"),
            ("next_period", "Leave the running period to the version before"),
            ("recalculate", "Calculate the whole running period again"),
            ("split", "Split the running period between the two versions"),
        ],
        validate_choice=True,
    )
