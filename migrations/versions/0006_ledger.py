"""Accounts, entries, lots, months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounting_month",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_accounting_month")),
    )
    op.create_table(
        "ledger_seal",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_seal")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind <> 'debt' OR balance <= 0", name=op.f("ck_ledger_account_debt_not_positive")),
        sa.CheckConstraint(
            "kind NOT IN ('pending', 'available', 'held') OR balance >= 0", name=op.f("ck_ledger_account_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["ledger_owner.id"], name=op.f("fk_ledger_account_owner_id_ledger_owner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("owner_id", "unit", "kind", name=op.f("uq_ledger_account_owner_id_unit_kind")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accounting_date", sa.Integer(), nullable=False),
        sa.Column("original_date", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=600), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_person_id", sa.BigInteger(), nullable=True),
        sa.Column("earning_key", sa.String(length=400), nullable=True),
        sa.Column("program_code", sa.String(length=120), nullable=True),
        sa.Column("period_start", sa.Integer(), nullable=True),
        sa.Column("prior_period", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("reverses_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["ledger_seal.entry_id"],
            name=op.f("fk_ledger_entry_id_ledger_seal"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_ledger_entry_idempotency_key")),
    )
    op.create_index("ix_ledger_entry_dated", "ledger_entry", ["accounting_date", "kind"], unique=False)
    op.create_index(
        "ix_ledger_entry_earning",
        "ledger_entry",
        ["earning_key"],
        unique=False,
        sqlite_where=sa.text("earning_key IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_entry_reverses",
        "ledger_entry",
        ["reverses_entry_id"],
        unique=False,
        sqlite_where=sa.text("reverses_entry_id IS NOT NULL"),
    )
    op.create_table(
        "ledger_adjustment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("treatment", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=120), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_adjustment_not_zero")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name=op.f("ck_ledger_adjustment_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_adjustment_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["ledger_owner.id"], name=op.f("fk_ledger_adjustment_owner_id_ledger_owner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_adjustment")),
    )
    op.create_table(
        "ledger_lot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("earning_key", sa.String(length=400), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_on", sa.Integer(), nullable=False),
        sa.Column("matures_on", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Integer(), nullable=True),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "pending >= 0 AND available >= 0 AND held >= 0 AND debt <= 0", name=op.f("ck_ledger_lot_no_negative_part")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_lot_entry_id_ledger_entry")),
        sa.ForeignKeyConstraint(["owner_id"], ["ledger_owner.id"], name=op.f("fk_ledger_lot_owner_id_ledger_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_lot")),
    )
    op.create_index("ix_ledger_lot_entry", "ledger_lot", ["entry_id"], unique=False)
    op.create_index(
        "ix_ledger_lot_expiring",
        "ledger_lot",
        ["expires_on"],
        unique=False,
        sqlite_where=sa.text("available > 0 AND expires_on IS NOT NULL"),
        postgresql_where=sa.text("available > 0 AND expires_on IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_lot_live",
        "ledger_lot",
        ["owner_id", "unit"],
        unique=False,
        sqlite_where=sa.text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
        postgresql_where=sa.text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
    )
    op.create_index(
        "ix_ledger_lot_maturing",
        "ledger_lot",
        ["matures_on"],
        unique=False,
        sqlite_where=sa.text("pending > 0"),
        postgresql_where=sa.text("pending > 0"),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_posting_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_posting_account_id_ledger_account")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_posting_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["ledger_lot.id"], name=op.f("fk_ledger_posting_lot_id_ledger_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_posting")),
    )
    op.create_index("ix_ledger_posting_account", "ledger_posting", ["account_id", "entry_id"], unique=False)
    op.create_index("ix_ledger_posting_entry", "ledger_posting", ["entry_id"], unique=False)
    op.create_index(
        "ix_ledger_posting_lot", "ledger_posting", ["lot_id"], unique=False, sqlite_where=sa.text("lot_id IS NOT NULL")
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_ledger_posting_lot", table_name="ledger_posting", sqlite_where=sa.text("lot_id IS NOT NULL"))
    op.drop_index("ix_ledger_posting_entry", table_name="ledger_posting")
    op.drop_index("ix_ledger_posting_account", table_name="ledger_posting")
    op.drop_table("ledger_posting")
    op.drop_index(
        "ix_ledger_lot_maturing",
        table_name="ledger_lot",
        sqlite_where=sa.text("pending > 0"),
        postgresql_where=sa.text("pending > 0"),
    )
    op.drop_index(
        "ix_ledger_lot_live",
        table_name="ledger_lot",
        sqlite_where=sa.text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
        postgresql_where=sa.text("pending <> 0 OR available <> 0 OR held <> 0 OR debt <> 0"),
    )
    op.drop_index(
        "ix_ledger_lot_expiring",
        table_name="ledger_lot",
        sqlite_where=sa.text("available > 0 AND expires_on IS NOT NULL"),
        postgresql_where=sa.text("available > 0 AND expires_on IS NOT NULL"),
    )
    op.drop_index("ix_ledger_lot_entry", table_name="ledger_lot")
    op.drop_table("ledger_lot")
    op.drop_table("ledger_adjustment")
    op.drop_index(
        "ix_ledger_entry_reverses", table_name="ledger_entry", sqlite_where=sa.text("reverses_entry_id IS NOT NULL")
    )
    op.drop_index("ix_ledger_entry_earning", table_name="ledger_entry", sqlite_where=sa.text("earning_key IS NOT NULL"))
    op.drop_index("ix_ledger_entry_dated", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_account")
    op.drop_table("ledger_seal")
    op.drop_table("accounting_month")
