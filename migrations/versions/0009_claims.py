"""Claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("invoice_no", sa.String(length=60), nullable=True),
        sa.Column("invoice_key", sa.String(length=60), nullable=True),
        sa.Column("sold_on", sa.Integer(), nullable=True),
        sa.Column("end_customer", sa.String(length=120), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("expected_points", sa.BigInteger(), nullable=False),
        sa.Column("awarded_points", sa.BigInteger(), nullable=True),
        sa.Column("programs", sa.String(length=400), nullable=False),
        sa.Column("posted_in", sa.String(length=400), nullable=False),
        sa.Column("copied_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.Integer(), nullable=True),
        sa.Column("reminded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lapsed_on", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["copied_from_id"], ["claim.id"], name=op.f("fk_claim_copied_from_id_claim")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_claim_decided_by_id_person")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_claim_entered_by_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_claim_partner_id_partner")),
        sa.ForeignKeyConstraint(["seller_id"], ["person.id"], name=op.f("fk_claim_seller_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("number", name=op.f("uq_claim_number")),
    )
    op.create_index("ix_claim_invoice_key", "claim", ["invoice_key"], unique=False)
    op.create_index("ix_claim_partner_id_state", "claim", ["partner_id", "state"], unique=False)
    op.create_index("ix_claim_seller_id_state", "claim", ["seller_id", "state"], unique=False)
    op.create_index("ix_claim_state_submitted_at", "claim", ["state", "submitted_at"], unique=False)
    op.create_table(
        "claim_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stored_name", sa.String(length=80), nullable=False),
        sa.Column("preview_name", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_file_claim_id_claim"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_claim_file_stored_name")),
    )
    op.create_index(op.f("ix_claim_file_claim_id"), "claim_file", ["claim_id"], unique=False)
    op.create_index(op.f("ix_claim_file_digest"), "claim_file", ["digest"], unique=False)
    op.create_table(
        "claim_finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=True),
        sa.Column("for_partner", sa.Boolean(), nullable=False),
        sa.Column("twin_claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_finding_claim_id_claim"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["twin_claim_id"], ["claim.id"], name=op.f("fk_claim_finding_twin_claim_id_claim"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_finding")),
    )
    op.create_index(op.f("ix_claim_finding_claim_id"), "claim_finding", ["claim_id"], unique=False)
    op.create_table(
        "claim_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("twin_claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_claim_step_by_person_id_person")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_step_claim_id_claim")),
        sa.ForeignKeyConstraint(["twin_claim_id"], ["claim.id"], name=op.f("fk_claim_step_twin_claim_id_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_step")),
    )
    op.create_index(op.f("ix_claim_step_claim_id"), "claim_step", ["claim_id"], unique=False)
    op.create_table(
        "claim_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("serial_no", sa.String(length=60), nullable=True),
        sa.Column("serial_key", sa.String(length=60), nullable=True),
        sa.Column("expected_points", sa.BigInteger(), nullable=False),
        sa.Column("expected_reason", sa.String(length=240), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("sale_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("wrote_line", sa.Boolean(), nullable=False),
        sa.Column("awarded", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claim_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_line_claim_id_claim"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_claim_line_product_id_product")),
        sa.ForeignKeyConstraint(["sale_line_id"], ["sale_line.id"], name=op.f("fk_claim_line_sale_line_id_sale_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
        sa.UniqueConstraint("claim_id", "position", name=op.f("uq_claim_line_claim_id_position")),
    )
    op.create_index(op.f("ix_claim_line_serial_key"), "claim_line", ["serial_key"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_claim_line_serial_key"), table_name="claim_line")
    op.drop_table("claim_line")
    op.drop_index(op.f("ix_claim_step_claim_id"), table_name="claim_step")
    op.drop_table("claim_step")
    op.drop_index(op.f("ix_claim_finding_claim_id"), table_name="claim_finding")
    op.drop_table("claim_finding")
    op.drop_index(op.f("ix_claim_file_digest"), table_name="claim_file")
    op.drop_index(op.f("ix_claim_file_claim_id"), table_name="claim_file")
    op.drop_table("claim_file")
    op.drop_index("ix_claim_state_submitted_at", table_name="claim")
    op.drop_index("ix_claim_seller_id_state", table_name="claim")
    op.drop_index("ix_claim_partner_id_state", table_name="claim")
    op.drop_index("ix_claim_invoice_key", table_name="claim")
    op.drop_table("claim")
