"""Plans of one component, and two years of facts of every kind about the two shops of a channel."""

import datetime as dt
import random
from decimal import Decimal

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.sequence import next_seq
from portal.partners.certificates.services import add_certificate
from portal.partners.tiers.services import set_tier
from portal.programs.definitions.queries import find_program
from portal.programs.enrollments.services import join_program
from portal.programs.targets.services import set_target
from portal.sales.activities.models import Activity
from portal.sales.end_customers.models import EndCustomer
from portal.sales.journal.matching import credit_seller
from portal.sales.journal.models import BatchKind, SaleLine
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from portal.sales.products.services import add_price
from portal.sales.rates.services import add_rate
from portal.security.viewer import SYSTEM
from tests.programs.channel import Channel

KEY = ["program", "component", "participant_kind", "participant_id", "period_start"]


def plan(code: str, component: str, *more: str, period: str = "quarter", unit: str = "USD") -> str:
    """A plan of one component over all goods, from 2025 on."""
    lines = [
        f"code: {code}", f"name: {code}", "kind: bonus", "effective: {from: 2025-01-01}", f"period: {period}",
        f"pay: {{in: {unit}}}", *more, f"components: [{{code: c, {component}}}]",
    ]  # fmt: skip
    return "\n".join(lines)


BANDS = "bands: [{from: 0, percent: 1}, {from: 300, percent: 4}]"
GROWTH = "bands: [{from: 100, percent: 2}, {from: 120, percent: 5}]"


def make_facts(channel: Channel) -> None:
    """Everything but sales: prices, rates, targets, certificates, tiers, activities, and who joined `joined`."""
    partners = channel.shop, channel.rival
    with transaction():
        for product, price in zip(channel.products.values(), (900, 1_100, 300, 9_000), strict=True):
            for since, more in ((dt.date(2024, 1, 1), 0), (dt.date(2026, 4, 1), 50)):
                add_price(product, valid_from=since, currency="USD", list_price=price + more, cost=price // 2 + more)
        add_rate("USD", "JPY", dt.date(2024, 1, 1), 150 * 10**10)
        add_rate("EUR", "USD", dt.date(2024, 1, 1), 11 * 10**9)
        for partner in partners:
            set_target("partner", partner.id, "revenue", dt.date(2026, 7, 1), Decimal(400))
        add_certificate(channel.shop, None, "Fitter", valid_from=dt.date(2026, 7, 20))
        set_tier(channel.rival, "gold", valid_from=dt.date(2026, 7, 15), reason="sold much", by=SYSTEM)
        session.add(
            EndCustomer(
                name="c3", segment="School", valid_from=dt.date(2025, 1, 1), seq=next_seq(), recorded_at=clock.now()
            )
        )
        for partner in partners:
            session.add(
                Activity(
                    partner_id=partner.id, seller_id=None, metric="training", quantity=2, done_on=dt.date(2026, 7, 9),
                    source="lms", external_id=f"course-{partner.id}", seq=next_seq(), recorded_at=clock.now(),
                )
            )  # fmt: skip
    with clock.frozen("2026-07-03T10:00"), transaction():
        program = find_program("joined")
        assert program is not None
        join_program(program, channel.shop, day=clock.today(), accepted=None, by=SYSTEM)


def sell(channel: Channel, dice: random.Random, count: int) -> None:
    """Lines of two years, some in another currency; every fifth takes an earlier one back, some are credited."""
    lines = []
    for number in range(count):
        partner = dice.choice([channel.shop, channel.rival])
        day = dt.date(2025, 1, 1) + dt.timedelta(days=dice.randrange(580))
        flow, seller = (
            ("sell_out", channel.seller.id) if partner is channel.shop and number % 3 == 0 else ("sell_in", None)
        )
        lines.append(
            NewLine(
                f"L{number}", partner.id, dice.choice(list(channel.products.values())).id, dice.randrange(1, 6),
                dice.randrange(1_000, 30_000), dice.choice(["USD", "USD", "EUR"]), sold_on=day, flow=flow,
                seller_id=seller, invoice_no=f"I{number // 2}", end_customer=f"C{dice.randrange(9)}",
            )
        )  # fmt: skip
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        written = add_lines(batch, lines)
        confirm_batch(batch)
    with transaction():
        batch = open_batch("erp", BatchKind.FEED)
        add_lines(batch, [back(line, dice) for line in written[::5]])
        confirm_batch(batch)
        for line in written[::7]:
            credit_seller(session.get_one(SaleLine, line.id), channel.seller.id, None)
        open_ = open_batch("erp", BatchKind.FEED)  # what nobody has confirmed counts nowhere
        add_lines(
            open_, [NewLine("open", channel.shop.id, lines[0].product_id, 9, 99, "USD", sold_on=lines[0].sold_on)]
        )


def back(line: SaleLine, dice: random.Random) -> NewLine:
    """One unit of a sale, brought back on a later day."""
    later = min(line.sold_on + dt.timedelta(days=dice.randrange(200)), dt.date(2026, 8, 9))
    return NewLine(
        f"R{line.id}", line.partner_id, line.product_id, -1, -line.amount // line.quantity, line.currency,
        sold_on=later, flow=line.flow, seller_id=line.seller_id, invoice_no=line.invoice_no,
        end_customer=line.end_customer, returns_line_id=line.id, origin_on=line.sold_on,
    )  # fmt: skip
