"""Earnings, statements, sales and the ledger as frames for files: figures as text in major units, days as ISO."""

from __future__ import annotations

import datetime as dt

import polars as pl
from sqlalchemy import select

from portal.core.clock import from_day_number
from portal.core.columns import read_frame
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.money import minor_digits
from portal.engine.plan import COUNTS, Plan
from portal.engine.walk import measure_unit
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerOwner, LedgerPosting
from portal.ledger.statements import statements as ledger_statements
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.definitions.models import Program, ProgramVersion
from portal.programs.definitions.queries import find_program, plan_of
from portal.programs.runs.explanations import major
from portal.programs.runs.models import EarnedGroup
from portal.programs.statements.quarters import Quarter, quarter_of

EARNINGS = ["program", "component", "participant", "period_start", "period_end", "measure", "baseline", "band",
            "earned", "unit"]  # fmt: skip
STATEMENTS = ["participant", "unit", "period_start", "period_end", "opening", "earned", "adjusted", "redeemed",
              "expired", "paid", "closing"]  # fmt: skip
LEDGER = ["entry", "kind", "recorded_at", "accounting_date", "original_date", "owner_kind", "owner", "account", "unit",
          "amount", "lot", "earning_key", "program", "period_start", "prior_period", "reverses", "reference", "reason",
          "idempotency_key"]  # fmt: skip
CREDITED = (
    "(SELECT x.email FROM sale_credit c JOIN person x ON x.id = c.seller_id WHERE c.line_id = l.id "
    "ORDER BY c.seq DESC LIMIT 1)"
)
SALES = {
    "external_id": "l.external_id", "partner": "p.code", "sku": "s.sku", "quantity": "l.quantity",
    "unit_price": "''", "amount": "l.amount", "currency": "l.currency", "sold_on": "l.sold_on",
    "invoice_no": "COALESCE(l.invoice_no, '')", "seller": f"COALESCE({CREDITED}, e.email, '')",
    "end_customer": "COALESCE(l.end_customer, '')", "serial_no": "COALESCE(l.serial_no, '')", "flow": "l.flow",
    "returns": "COALESCE(r.external_id, '')", "distributor": "COALESCE(d.code, '')", "source": "l.source",
    "recorded_at": "CAST(b.recorded_at AS VARCHAR(40))",
}  # fmt: skip


def earnings(program_code: str | None = None) -> pl.DataFrame:
    """Every group as last calculated, locked periods included, under its own period (DOMAIN section 10)."""
    plans = _plans(program_code)
    query = (
        select(EarnedGroup, Program.code, Partner.code, Person.email)
        .join(Program, Program.id == EarnedGroup.program_id)
        .outerjoin(Partner, (Partner.id == EarnedGroup.participant_id) & (EarnedGroup.participant_kind == "partner"))
        .outerjoin(Person, (Person.id == EarnedGroup.participant_id) & (EarnedGroup.participant_kind == "person"))
        .order_by(Program.code, EarnedGroup.period_start, Partner.code, Person.email, EarnedGroup.component)
    )
    if program_code is not None:
        query = query.where(Program.code == program_code)
    rows = []
    for group, code, partner, person in session.execute(query):
        unit = _measure_unit(plans[code, group.version_number], group.component)
        rows.append(
            [
                code, group.component, partner or person, group.period_start.isoformat(), group.period_end.isoformat(),
                major(group.measure, unit), None if group.baseline is None else major(group.baseline, unit), group.band,
                major(group.earned, group.unit), group.unit,
            ]
        )  # fmt: skip
    return _frame(EARNINGS, rows)


def _plans(program_code: str | None) -> dict[tuple[str, int], Plan]:
    if program_code is not None and find_program(program_code) is None:
        raise InvalidInput(f"There is no program {program_code}.")
    query = select(ProgramVersion, Program.code).join(Program, Program.id == ProgramVersion.program_id)
    return {(code, version.number): plan_of(version) for version, code in session.execute(query)}


def _measure_unit(plan: Plan, component: str) -> str:
    found = next((one for one in plan.components if one.code == component), None)
    return COUNTS[0] if found is None else measure_unit(plan, found.measured)


def statements(program_code: str | None = None) -> pl.DataFrame:
    """One row a participant, unit and quarter in which something was posted; all programs together."""
    if program_code is not None:
        raise InvalidInput("A statement covers every program. Leave --program out, or export earnings.")
    query = (
        select(LedgerOwner.id, LedgerOwner.code, LedgerEntry.accounting_date)
        .join(LedgerAccount, LedgerAccount.owner_id == LedgerOwner.id)
        .join(LedgerPosting, LedgerPosting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .where(LedgerAccount.kind.in_(PARTICIPANT_KINDS))
        .distinct()
        .order_by(LedgerOwner.code)
    )
    found: dict[tuple[str, int], set[Quarter]] = {}
    for owner_id, code, day in session.execute(query):
        found.setdefault((code, owner_id), set()).add(quarter_of(day))
    rows = [
        row for (code, owner), quarters in found.items() for quarter in sorted(quarters)
        for row in _statement_rows(code, owner, quarter)
    ]  # fmt: skip
    return _frame(STATEMENTS, rows)


def _statement_rows(code: str, owner_id: int, quarter: Quarter) -> list[list[str | None]]:
    found: list[list[str | None]] = []
    for unit, one in ledger_statements(quarter.start, quarter.until, owner_id=owner_id).items():
        figures = [major(getattr(one, name), unit) for name in STATEMENTS[4:]]
        found.append([code, unit, quarter.start.isoformat(), quarter.until.isoformat(), *figures])
    return found


def ledger(program_code: str | None = None) -> pl.DataFrame:
    """Every posting with its entry, oldest first."""
    query = (
        select(LedgerEntry, LedgerOwner.kind, LedgerOwner.code, LedgerAccount.kind, LedgerAccount.unit, LedgerPosting)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .join(LedgerOwner, LedgerOwner.id == LedgerAccount.owner_id)
        .order_by(LedgerEntry.id, LedgerPosting.id)
    )
    if program_code is not None:
        query = query.where(LedgerEntry.program_code == program_code)
    rows = [
        [
            str(entry.id), entry.kind, entry.recorded_at.isoformat(), entry.accounting_date.isoformat(),
            entry.original_date.isoformat() if entry.original_date else None, owner_kind, owner, account, unit,
            major(posting.amount, unit), None if posting.lot_id is None else str(posting.lot_id), entry.earning_key,
            entry.program_code, entry.period_start.isoformat() if entry.period_start else None,
            "yes" if entry.prior_period else "no",
            None if entry.reverses_entry_id is None else str(entry.reverses_entry_id), entry.reference, entry.reason,
            entry.idempotency_key,
        ]
        for entry, owner_kind, owner, account, unit, posting in session.execute(query)
    ]  # fmt: skip
    return _frame(LEDGER, rows)


def sales(program_code: str | None = None) -> pl.DataFrame:
    """Every confirmed line of the journal in the import's columns, with its source and when it was recorded."""
    if program_code is not None:
        raise InvalidInput("Sales belong to no program. Leave --program out.")
    listed = ", ".join(f"{source} AS {name}" for name, source in SALES.items())
    query = (
        f"SELECT {listed} FROM sale_line l JOIN journal_batch b ON b.id = l.batch_id AND b.state = 'confirmed' "  # noqa: S608  our own names
        "JOIN partner p ON p.id = l.partner_id JOIN product s ON s.id = l.product_id "
        "LEFT JOIN person e ON e.id = l.seller_id LEFT JOIN partner d ON d.id = l.distributor_id "
        "LEFT JOIN sale_line r ON r.id = l.returns_line_id ORDER BY l.id"
    )
    kinds: dict[str, pl.DataType] = dict.fromkeys(SALES, pl.String())
    kinds |= {"quantity": pl.Int64(), "amount": pl.Int64(), "sold_on": pl.Int64()}
    frame = read_frame(query, kinds)
    days = {number: from_day_number(number).isoformat() for number in frame["sold_on"].unique()}
    moments = {text: _zoned(text) for text in frame["recorded_at"].unique()}
    return frame.with_columns(pl.col(pl.String).replace("", None)).with_columns(
        pl.col("recorded_at").replace_strict(moments, return_dtype=pl.String) if moments else pl.col("recorded_at"),
        pl.col("sold_on").replace_strict(days, return_dtype=pl.String) if days else pl.col("sold_on").cast(pl.String),
        _major_text(frame),
    )


def _zoned(text: str) -> str:
    """A moment as either database writes it, with its zone, as the other exports say it."""
    found = dt.datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()


def _major_text(frame: pl.DataFrame) -> pl.Expr:
    """Minor units as text in major units, exactly, currency by currency."""
    text = pl.lit(None, pl.String)
    amount = pl.col("amount")
    for currency in frame["currency"].unique().to_list():
        digits = minor_digits(currency)
        whole, rest = amount.abs() // 10**digits, amount.abs() % 10**digits
        sign = pl.when(amount < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        tail = pl.lit(".") + rest.cast(pl.String).str.zfill(digits) if digits else pl.lit("")
        text = pl.when(pl.col("currency") == currency).then(sign + whole.cast(pl.String) + tail).otherwise(text)
    return text.alias("amount")


def _frame(columns: list[str], rows: list[list[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
