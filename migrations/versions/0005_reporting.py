"""Who owes which file, activities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("metric", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("done_on", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_activity_partner_id_partner")),
        sa.ForeignKeyConstraint(["seller_id"], ["person.id"], name=op.f("fk_activity_seller_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_activity_source_external_id")),
    )
    op.create_index("ix_activity_partner_id_done_on", "activity", ["partner_id", "done_on"], unique=False)
    op.create_index(op.f("ix_activity_seller_id"), "activity", ["seller_id"], unique=False)
    op.create_table(
        "report_duty",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("flow", sa.String(length=12), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rhythm", sa.String(length=5), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("rhythm IN ('month', 'week', 'day')", name=op.f("ck_report_duty_rhythm")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_report_duty_added_by_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_report_duty_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_duty")),
    )
    op.create_index(op.f("ix_report_duty_partner_id"), "report_duty", ["partner_id"], unique=False)
    op.create_table(
        "report_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["duty_id"], ["report_duty.id"], name=op.f("fk_report_answer_duty_id_report_duty")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_report_answer_signed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_answer")),
        sa.UniqueConstraint("duty_id", "period_start", name=op.f("uq_report_answer_duty_id_period_start")),
    )
    op.create_table(
        "report_period",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["duty_id"], ["report_duty.id"], name=op.f("fk_report_period_duty_id_report_duty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_period")),
        sa.UniqueConstraint("duty_id", "period_start", name=op.f("uq_report_period_duty_id_period_start")),
    )
    op.create_table(
        "report_reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["duty_id"], ["report_duty.id"], name=op.f("fk_report_reminder_duty_id_report_duty")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_report_reminder_sent_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_reminder")),
    )
    op.create_index("uq_report_reminder_day", "report_reminder", ["duty_id", "period_start", "sent_on"], unique=True)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("uq_report_reminder_day", table_name="report_reminder")
    op.drop_table("report_reminder")
    op.drop_table("report_period")
    op.drop_table("report_answer")
    op.drop_index(op.f("ix_report_duty_partner_id"), table_name="report_duty")
    op.drop_table("report_duty")
    op.drop_index(op.f("ix_activity_seller_id"), table_name="activity")
    op.drop_index("ix_activity_partner_id_done_on", table_name="activity")
    op.drop_table("activity")
