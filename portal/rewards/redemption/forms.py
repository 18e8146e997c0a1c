"""The shape of an order and of its cancellation."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, plain_text


class OrderRewardForm(PortalForm):
    """The form's own key and the price that was shown."""

    key = HiddenField("Key", [InputRequired(), Length(max=64), plain_text])
    points = IntegerField("Stars", [InputRequired()])


class CancelOrderForm(PortalForm):
    """Why an order is taken back; the person need not say."""

    reason = TextAreaField("Reason", [Length(max=500), plain_text])
