"""The demo calendar: moves days by whole quarters so that data quarter 2013 Q3 is the quarter of `today`.

Three kinds of day move differently, and each stays in its own month, so in its own quarter: a sell-in day keeps its
business-day number, a ticket day keeps its day of the month, a boundary is the same day, clamped.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

CURRENT_DATA_QUARTER = date(2013, 7, 1)
SAFE_BUSINESS_DAYS = 20  # every month, a 28-day February included, has at least twenty business days
SAFE_TICKET_DAYS = 28  # and every month has a 28th


def quarter_start(day: date) -> date:
    """The first day of the calendar quarter `day` lies in."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; clamped to the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_quarters(day: date, quarters: int) -> date:
    """The same day of the month, `quarters` later; clamped to the month's last day."""
    return add_months(day, 3 * quarters)


def is_business_day(day: date) -> bool:
    """Monday to Friday; public holidays differ by country and are not kept."""
    return day.weekday() < 5


def business_day(year: int, month: int, number: int) -> date:
    """The `number`-th business day of the month (1-based), or its last one when the month has fewer."""
    days = [date(year, month, n) for n in range(1, monthrange(year, month)[1] + 1)]
    working = [day for day in days if is_business_day(day)]
    return working[min(number, len(working)) - 1]


def business_day_number(day: date) -> int:
    """Which business day of its month `day` is, from 1; a weekend counts as the business day before it."""
    first = day.replace(day=1)
    return max(1, sum(is_business_day(first + timedelta(n)) for n in range(day.day)))


@dataclass(frozen=True)
class Shift:
    """A move of the data calendar by whole quarters."""

    quarters: int

    def sale_day(self, day: date) -> date:
        """A sell-in day: the business day of the same number in the month that many quarters later."""
        month = add_quarters(day.replace(day=1), self.quarters)
        return business_day(month.year, month.month, business_day_number(day))

    def ticket_day(self, day: date) -> date:
        """A ticket day: the same day of the month (shops open every day), never past the 28th."""
        return add_quarters(day.replace(day=min(day.day, SAFE_TICKET_DAYS)), self.quarters)

    def boundary(self, day: date) -> date:
        """A start or end of something (a plan, a price, an exchange rate): the same day of the month, clamped."""
        return add_quarters(day, self.quarters)


def shift_for(today: date) -> Shift:
    """The shift that makes data quarter 2013 Q3 the quarter `today` lies in."""
    now, then = quarter_start(today), CURRENT_DATA_QUARTER
    return Shift((now.year - then.year) * 4 + (now.month - then.month) // 3)


def latest_day_of_business_day(number: int) -> int:
    """The latest day of any month the `number`-th business day can fall on: months that begin on a Saturday."""
    return min(SAFE_TICKET_DAYS, number + 2 + 2 * ((number - 1) // 5))
