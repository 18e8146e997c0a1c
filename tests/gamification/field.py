"""A field of sellers around one who has 22 helmets, as in the walk, and a few shorthand acts."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.db import transaction
from portal.gamification.badges.services import load_badges
from portal.gamification.leaderboards.services import set_consent
from portal.gamification.levels.services import load_tiers
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import add_partner
from portal.partners.people.models import Person
from portal.partners.people.services import add_person
from portal.partners.territories.services import add_territory
from portal.sales.products.services import add_product
from tests.people import PASSWORD
from tests.programs.channel import Channel, make_channel, publish, sell

SPRINT = """
code: helmet-sprint
name: Helmet sprint
kind: spif
effective: {from: 2026-07-18, until: 2026-08-29}
period: campaign
pay: {in: points}
participant: seller
qualify: {skus: [HL-1, HL-2], flow: sell_out}
components:
  - {code: helmets, method: per_unit, amount: 40}
"""
TIERS = [
    {"code": "registered", "name": "Registered", "from": "0", "promise": "Claims"},
    {"code": "silver", "name": "Silver", "from": "25000", "promise": "Workshop days"},
    {"code": "gold", "name": "Gold", "from": "100000", "promise": "Early access"},
    {"code": "platinum", "name": "Platinum", "from": "300000", "promise": "Everything"},
]
BADGES = [
    {"code": "first-sale", "name": "First sale", "sentence": "Your first sale was credited.", "glyph": "spark",
     "rule": {"count": "units", "flow": "sell_out", "at": "1"}},
    {"code": "sprint-25", "name": "Helmet sprint 25", "sentence": "25 helmets in one sprint.", "glyph": "helmet",
     "rule": {"count": "units", "flow": "sell_out", "program": "helmet-sprint", "at": "25"}},
    {"code": "ten-claims", "name": "Ten clean claims", "sentence": "Ten claims approved.", "glyph": "check",
     "rule": {"count": "approved_claims", "at": "10"}},
    {"code": "thousand", "name": "A thousand stars", "sentence": "1,000 stars.", "glyph": "star",
     "rule": {"count": "points_earned", "at": "1000"}},
    {"code": "all-rounder", "name": "All-rounder", "sentence": "All families.", "glyph": "compass",
     "rule": {"count": "categories", "flow": "sell_out", "at": "4"}},
]  # fmt: skip


@dataclass
class Field:
    """The channel, the shops and the sellers by name."""

    channel: Channel
    ana: Person
    admin: Person
    shops: dict[str, Partner]
    sellers: dict[str, Person]

    def sold(self, who: Person, quantity: int, *, sku: str = "HL-1", day: str = "2026-08-01", **more: object) -> int:
        """A credited sell-out line of a person's own shop, at 35.00 each."""
        shop = next(shop for shop in self.shops.values() if shop.id == who.partner_id)
        return sell(
            self.channel, sku, quantity, quantity * 3500, day, partner=shop, flow="sell_out", seller=who, **more  # type: ignore[arg-type]
        )  # fmt: skip


def make_field() -> Field:
    """Two shops of the channel and two more in the Northwest, one elsewhere; nothing is sold yet."""
    channel = make_channel()
    publish(channel, SPRINT)
    with transaction():
        add_territory("Southwest", region="North America", country="United States")
        harbor = add_partner("HARBOR", "Harbor Cycle", territory="Northwest", tier="gold")
        cascade = add_partner("CASCADE", "Cascade Cycles", territory="Northwest", tier="gold")
        desert = add_partner("DESERT", "Desert Wheels", territory="Southwest", tier="silver")
        shops = {"friendly": channel.shop, "harbor": harbor, "cascade": cascade, "desert": desert}
        names = [
            ("Petra Novak", harbor), ("Sami Haddad", cascade), ("Joan Okafor", cascade), ("Mia Lindqvist", harbor),
            ("Tom Baker", channel.shop), ("Dan Dune", desert), ("Kim Lee", harbor),
        ]  # fmt: skip
        sellers = {
            name.split()[1]: add_person(f"{name.split()[1].lower()}@shops.example", name, "seller", shop, PASSWORD)
            for name, shop in names
        }
        admin = add_person("lou@shop.example", "Lou Carver", "partner_admin", channel.shop, PASSWORD)
        channel.products["CH-1"] = add_product("CH-1", "Chain", "Components / Chains")
        channel.products["JE-1"] = add_product("JE-1", "Jersey", "Clothing / Jerseys")
        load_badges(BADGES)
        load_tiers(TIERS)
    return Field(channel, channel.seller, admin, shops, sellers)


def run_the_sprint(field: Field) -> None:
    """Ana has 22 helmets and stands fourth in the Northwest; the third has 25, the second 31."""
    for name, helmets in {"Novak": 34, "Haddad": 31, "Okafor": 25, "Lindqvist": 19, "Baker": 7, "Dune": 40}.items():
        field.sold(field.sellers[name], helmets)
    field.sold(field.ana, 22)


def consent(*people: Person) -> None:
    """These people let other shops see their names."""
    with transaction():
        for person in people:
            set_consent(person.id, True)
