"""The smaller mappings of a plan document, and what all mappings of it have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portal.engine.plan_values import Amount, BaselineSource, Newcomer, Percent, Text, one_of


class Part(BaseModel):
    """Any mapping of a plan: unknown keys are errors, nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class EndCustomers(Part):
    """Segments of end customers to whom a sale does not count."""

    exclude: tuple[Text, ...]


class PriceFloor(Part):
    """The least price, in percent of the list price in force on the day of the sale."""

    percent_of_list: Percent


class Band(Part):
    """One step of a component with bands; it holds exactly one of percent, per_unit and fixed."""

    from_: Amount = Field(alias="from")
    percent: Percent | None = None
    per_unit: Amount | None = None
    fixed: Amount | None = None


class Baseline(Part):
    """What growth is measured against (PRACTICE D7)."""

    of: BaselineSource = "prior_year"
    min: Amount | None = None
    newcomer: Newcomer = "none"
    partial_year: Annotated[str, one_of("annualize", "newcomer")] | None = None
    freeze: Annotated[str, one_of("live", "at_open")] = "live"
    currency: Annotated[str, one_of("dated", "constant")] = "dated"
    cap_growth_percent: Percent | None = None

    @property
    def is_sold(self) -> bool:
        """Whether it is summed from the sales of a year earlier, live."""
        return self.of == "prior_year" and self.freeze == "live"

    @property
    def is_looked_up(self) -> bool:
        """Whether it is read from what was imported or frozen for each participant."""
        return self.of == "table" or self.freeze == "at_open"


def spelled_out(value: Any) -> Any:
    """A baseline written as one word or number, written out."""
    return value if isinstance(value, dict | Baseline) else {"of": value}
