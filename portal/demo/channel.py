"""The whole demo channel as of a day: everything a builder feeds through the services, in one value."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from portal.demo import examples
from portal.demo.calendar import Shift, shift_for
from portal.demo.generate_claims import Claim, seeded_claims
from portal.demo.generate_people import Person, SpifAnswer, people, spif_answers
from portal.demo.generate_sprint import sprint_tickets
from portal.demo.generate_supply import Supply, branch_rows, distributor_rows, supplied_lines, supplies
from portal.demo.generate_tickets import tickets
from portal.demo.generate_truth import planted_lines
from portal.demo.lines import frame, moved


@dataclass(frozen=True)
class DemoChannel:
    """The demo as built on a day. Rows are plain; frames have the columns of `lines.SCHEMA`."""

    today: date

    @cached_property
    def shift(self) -> Shift:
        """The move of the data calendar."""
        return shift_for(self.today)

    def partners(self) -> list[dict[str, str]]:
        """701 published resellers and ten generated distributors; columns as in partners.csv, owners first."""
        parents = dict(branch_rows())
        shops = [row | {"parent": parents.get(row["code"], "")} for row in examples.partner_rows()]
        return sorted([*shops, *distributor_rows()], key=lambda row: row["parent"] != "")

    def territories(self) -> list[dict[str, str]]:
        """The ten territories: name, country, group."""
        return examples.read_rows("territories.csv")

    def products(self) -> list[dict[str, str]]:
        """Dated product versions; columns as in products.csv."""
        return examples.product_rows(self.shift)

    def rates(self) -> list[dict[str, str]]:
        """Exchange rates; columns as in fx.csv."""
        return examples.fx_rows(self.shift)

    def people(self) -> list[Person]:
        """Everybody with an account, the cast first."""
        return people(self.shift)

    def spif_answers(self) -> list[SpifAnswer]:
        """What the employers answered about SPIFs."""
        return spif_answers(self.shift)

    def supplies(self) -> list[Supply]:
        """Which distributor supplies which shop."""
        return supplies(self.shift)

    def claims(self) -> list[Claim]:
        """The seeded claims, in the order they were filed."""
        return seeded_claims(self.today, self.shift)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """All sale lines of all flows, those recorded after today included, in order of record."""
        made = pl.concat([
            examples.sell_in(self.shift),
            moved(frame([*tickets(), *planted_lines()]), self.shift.ticket_day),
            moved(frame(supplied_lines()), self.shift.sale_day),
            frame(sprint_tickets(self.today)),
        ])  # fmt: skip
        # a return comes after its sale even when both are recorded on one day
        return made.sort("recorded_on", pl.col("returns") != "", "source", "external_id")

    @property
    def first_day(self) -> date:
        """The day the first line was recorded."""
        day: date = self.lines["recorded_on"].to_list()[0]
        return day

    def known_lines(self) -> pl.DataFrame:
        """What the channel knows on the day it is built."""
        return self.lines.filter(pl.col("recorded_on") <= self.today)

    def lines_recorded(self, after: date, until: date) -> pl.DataFrame:
        """What the daily feed releases: lines recorded later than `after`, `until` included."""
        return self.lines.filter((pl.col("recorded_on") > after) & (pl.col("recorded_on") <= until))
