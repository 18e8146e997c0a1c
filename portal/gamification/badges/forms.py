"""The shape of what is typed about a badge."""

from __future__ import annotations

from dataclasses import replace

from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core import clock
from portal.gamification.badges.models import Badge
from portal.gamification.badges.rules import FLOWS, GLYPHS, Rule, parse_rule
from portal.gamification.badges.services import BadgeValues
from portal.gamification.badges.words import ALL_SALES, KINDS
from portal.gamification.campaigns import Campaign
from portal.web.filters import day
from portal.web.forms import PortalForm, RadioField, SelectField, plain_text


class ChangeBadgeForm(PortalForm):
    """What a badge is called, what it says, how it looks and what earns it."""

    name = StringField("Name", [InputRequired("A badge needs a name."), Length(max=120), plain_text])
    sentence = StringField("Sentence", [InputRequired("Say in a sentence what was done."), Length(max=300), plain_text])
    count = RadioField("What counts", choices=list(KINDS.items()))
    at = IntegerField("Given at", [InputRequired("Say at which number it is given."), NumberRange(1, 10**9)])
    sales = SelectField("Which sales")
    glyph = RadioField("Picture", choices=[(glyph, glyph.capitalize()) for glyph in GLYPHS])

    def offer(self, campaigns: list[Campaign], kept: str | None = None) -> None:
        """The sales to choose from: all of a flow, or a campaign that has not ended (or is the badge's own)."""
        today = clock.today()
        running = [one for one in campaigns if one.until > today or one.code == kept]
        groups = {"All the time": [(f"flow:{flow}", ALL_SALES[flow]) for flow in FLOWS]}
        if running:
            groups["In one campaign"] = [(f"program:{one.code}", _campaign_words(one)) for one in running]
        self.sales.choices = groups

    def values(self, campaigns: list[Campaign]) -> BadgeValues:
        """What was typed, as the services take it."""
        kind, _, chosen = (self.sales.data or "").partition(":")
        rule = Rule(self.count.data or "", self.at.data or 0)
        if kind == "program":
            flow = next((one.flow for one in campaigns if one.code == chosen), rule.flow)
            rule = replace(rule, program=chosen, flow=flow)
        elif kind == "flow":
            rule = replace(rule, flow=chosen)
        return BadgeValues(
            name=(self.name.data or "").strip(), sentence=(self.sentence.data or "").strip(),
            glyph=self.glyph.data or "", rule=rule,
        )  # fmt: skip


class AddBadgeForm(ChangeBadgeForm):
    """A new badge."""


class ActForm(PortalForm):
    """A button that needs nothing but its token."""


def typed_from(badge: Badge) -> dict[str, object]:
    """What the form shows of a stored badge."""
    rule = parse_rule(badge.rule)
    sales = f"program:{rule.program}" if rule.program else f"flow:{rule.flow}"
    return {
        "name": badge.name, "sentence": badge.sentence, "glyph": badge.glyph, "count": rule.count, "at": rule.at,
        "sales": sales,
    }  # fmt: skip


def _campaign_words(campaign: Campaign) -> str:
    return f"{campaign.name}, {day(campaign.since)} to {day(campaign.last_day)}"
