"""Badges and boards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "badge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("glyph", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
        sa.UniqueConstraint("code", name=op.f("uq_badge_code")),
    )
    op.create_table(
        "tier_level",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("promise", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_level")),
        sa.UniqueConstraint("code", name=op.f("uq_tier_level_code")),
        sa.UniqueConstraint("threshold", name=op.f("uq_tier_level_threshold")),
    )
    op.create_table(
        "tier_evaluation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("evaluated_on", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.Integer(), nullable=False),
        sa.Column("window_until", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("effective_on", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_tier_evaluation_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_evaluation")),
    )
    op.create_index("ix_tier_evaluation_partner", "tier_evaluation", ["partner_id", "id"], unique=False)
    op.create_index(
        "uq_tier_evaluation_open_notice",
        "tier_evaluation",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("outcome = 'notice' AND closed_on IS NULL"),
        postgresql_where=sa.text("outcome = 'notice' AND closed_on IS NULL"),
    )
    op.create_table(
        "badge_award",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("badge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("earned_on", sa.Integer(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["badge_id"], ["badge.id"], name=op.f("fk_badge_award_badge_id_badge")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_badge_award_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_award")),
        sa.UniqueConstraint("person_id", "badge_id", name=op.f("uq_badge_award_person_id_badge_id")),
    )
    op.create_table(
        "board_consent",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_board_consent_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_board_consent")),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("board_consent")
    op.drop_table("badge_award")
    op.drop_index(
        "uq_tier_evaluation_open_notice",
        table_name="tier_evaluation",
        sqlite_where=sa.text("outcome = 'notice' AND closed_on IS NULL"),
        postgresql_where=sa.text("outcome = 'notice' AND closed_on IS NULL"),
    )
    op.drop_index("ix_tier_evaluation_partner", table_name="tier_evaluation")
    op.drop_table("tier_evaluation")
    op.drop_table("tier_level")
    op.drop_table("badge")
