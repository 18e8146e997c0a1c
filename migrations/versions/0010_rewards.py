"""Rewards and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reward",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("art", sa.String(length=40), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("min_tier", sa.String(length=40), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_reward_state")),
        sa.CheckConstraint("points > 0", name=op.f("ck_reward_points_positive")),
        sa.CheckConstraint("stock IS NULL OR stock >= 0", name=op.f("ck_reward_stock_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward")),
        sa.UniqueConstraint("code", name=op.f("uq_reward_code")),
    )
    op.create_index(op.f("ix_reward_type"), "reward", ["type"], unique=False)
    op.create_table(
        "reward_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("took_stock", sa.Boolean(), nullable=False),
        sa.Column("form_key", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('placed', 'approved', 'fulfilled', 'delivered', 'cancelled')", name=op.f("ck_reward_order_state")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["ledger_owner.id"], name=op.f("fk_reward_order_owner_id_ledger_owner")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_reward_order_partner_id_partner")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reward_order_person_id_person")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_reward_order_reward_id_reward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_order")),
        sa.UniqueConstraint("form_key", name=op.f("uq_reward_order_form_key")),
        sa.UniqueConstraint("number", name=op.f("uq_reward_order_number")),
    )
    op.create_index(op.f("ix_reward_order_partner_id"), "reward_order", ["partner_id"], unique=False)
    op.create_index("ix_reward_order_person", "reward_order", ["person_id", "id"], unique=False)
    op.create_index("ix_reward_order_reward", "reward_order", ["reward_id"], unique=False)
    op.create_index("ix_reward_order_state", "reward_order", ["state", "id"], unique=False)
    op.create_table(
        "reward_price",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_reward_price_by_person_id_person")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_reward_price_reward_id_reward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_price")),
    )
    op.create_index("ix_reward_price_reward", "reward_price", ["reward_id", "id"], unique=False)
    op.create_table(
        "reward_order_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_reward_order_step_by_person_id_person")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["reward_order.id"], name=op.f("fk_reward_order_step_order_id_reward_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_order_step")),
    )
    op.create_index(op.f("ix_reward_order_step_order_id"), "reward_order_step", ["order_id"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_reward_order_step_order_id"), table_name="reward_order_step")
    op.drop_table("reward_order_step")
    op.drop_index("ix_reward_price_reward", table_name="reward_price")
    op.drop_table("reward_price")
    op.drop_index("ix_reward_order_state", table_name="reward_order")
    op.drop_index("ix_reward_order_reward", table_name="reward_order")
    op.drop_index("ix_reward_order_person", table_name="reward_order")
    op.drop_index(op.f("ix_reward_order_partner_id"), table_name="reward_order")
    op.drop_table("reward_order")
    op.drop_index(op.f("ix_reward_type"), table_name="reward")
    op.drop_table("reward")
