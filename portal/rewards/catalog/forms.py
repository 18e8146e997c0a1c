"""The shape of what is typed about a reward."""

from __future__ import annotations

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.core.money import parse_minor
from portal.partners.tiers.rules import TIERS
from portal.rewards.catalog.models import Reward, RewardType
from portal.rewards.catalog.rules import ARTS
from portal.rewards.catalog.services import RewardValues
from portal.web.forms import PortalForm, SelectField, plain_text

TIER_CHOICES = [("", "Everybody"), *((tier, tier.capitalize()) for tier in TIERS)]


class ChangeRewardForm(PortalForm):
    """What a reward is, what it takes and what it costs us."""

    name = StringField("Name", [InputRequired("A reward needs a name."), Length(max=120), plain_text])
    type = SelectField("Type", choices=[(kind.value, kind.label) for kind in RewardType])
    points = IntegerField("Stars", [InputRequired("Say how many stars it takes."), NumberRange(1, 10**9)])
    value = StringField("Cost to us", [InputRequired("Say what one costs us."), Length(max=24), plain_text])
    currency = StringField("Currency", [InputRequired("Name the currency."), Length(3, 3), plain_text])
    min_tier = SelectField("Opens at", choices=TIER_CHOICES)
    art = SelectField("Picture", choices=[(art, art.capitalize()) for art in ARTS])
    description = TextAreaField("Description", [Length(max=1000), plain_text])

    def values(self) -> RewardValues:
        """What was typed, as the services take it; refuses an amount that is none."""
        currency = (self.currency.data or "").strip().upper()
        return RewardValues(
            name=(self.name.data or "").strip(), type=self.type.data or "", points=self.points.data or 0,
            art=self.art.data or "", value=parse_minor(self.value.data or "", currency or "USD"), currency=currency,
            min_tier=self.min_tier.data or None, description=(self.description.data or "").strip(),
        )  # fmt: skip


class AddRewardForm(ChangeRewardForm):
    """A new reward with its code and what is on the shelf."""

    code = StringField("Code", [InputRequired("A reward needs a code."), Length(max=60), plain_text])
    stock = IntegerField("On the shelf", [Optional(), NumberRange(0, 10**9)])


class StockRewardForm(PortalForm):
    """How many pieces come or go; empty means there is always one more."""

    change = IntegerField("Pieces to add", [Optional(), NumberRange(-(10**9), 10**9)])


class ActForm(PortalForm):
    """A button that needs nothing but its token."""


def typed_from(reward: Reward, value: str) -> dict[str, object]:
    """What the form shows of a stored reward."""
    names = ("name", "type", "points", "currency", "art", "description")
    return {name: getattr(reward, name) for name in names} | {"value": value, "min_tier": reward.min_tier or ""}
