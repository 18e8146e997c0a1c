"""Sessions, links, reviews, joining, mergers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "access_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["begun_by_id"], ["person.id"], name=op.f("fk_access_review_begun_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
        sa.UniqueConstraint("quarter", name=op.f("uq_access_review_quarter")),
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_token_digest")),
    )
    op.create_index(op.f("ix_access_token_person_id"), "access_token", ["person_id"], unique=False)
    op.create_table(
        "join_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'waiting', 'confirmed', 'declined')", name=op.f("ck_join_request_state")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_join_request_decided_by_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_join_request_partner_id_partner")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_join_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
        sa.UniqueConstraint("digest", name=op.f("uq_join_request_digest")),
    )
    op.create_index(op.f("ix_join_request_email"), "join_request", ["email"], unique=False)
    op.create_index(op.f("ix_join_request_person_id"), "join_request", ["person_id"], unique=False)
    op.create_index("ix_join_request_waiting", "join_request", ["partner_id", "state"], unique=False)
    op.create_table(
        "partner_application",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state IN ('submitted', 'approved', 'rejected')", name=op.f("ck_partner_application_state")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_partner_application_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_application_partner_id_partner")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_partner_application_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_application")),
    )
    op.create_index("ix_partner_application_state", "partner_application", ["state", "created_at"], unique=False)
    op.create_table(
        "partner_merger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("into_partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("part_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("from_partner_id <> into_partner_id", name=op.f("ck_partner_merger_two")),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_partner_merger_by_person_id_person")),
        sa.ForeignKeyConstraint(
            ["from_partner_id"], ["partner.id"], name=op.f("fk_partner_merger_from_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["into_partner_id"], ["partner.id"], name=op.f("fk_partner_merger_into_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["part_of_id"], ["partner_merger.id"], name=op.f("fk_partner_merger_part_of_id_partner_merger")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["person.id"], name=op.f("fk_partner_merger_seller_id_person")),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["partner_merger.id"], name=op.f("fk_partner_merger_undoes_id_partner_merger")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_merger")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_partner_merger_undoes_id")),
    )
    op.create_index("ix_partner_merger_from", "partner_merger", ["from_partner_id", "valid_from"], unique=False)
    op.create_index(op.f("ix_partner_merger_into_partner_id"), "partner_merger", ["into_partner_id"], unique=False)
    op.create_table(
        "shop_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_shop_code_by_person_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_shop_code_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_code")),
        sa.UniqueConstraint("code", name=op.f("uq_shop_code_code")),
    )
    op.create_index(
        "uq_shop_code_in_use",
        "shop_code",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("viewing_as_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_user_session_person_id_person")),
        sa.ForeignKeyConstraint(["viewing_as_id"], ["person.id"], name=op.f("fk_user_session_viewing_as_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_session_token_digest")),
    )
    op.create_index("ix_user_session_person", "user_session", ["person_id", "ended_at"], unique=False)
    op.create_table(
        "access_review_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("limits", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conflict_count", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Text(), nullable=False),
        sa.Column("must_decide", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_review_entry_person_id_person")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["access_review.id"], name=op.f("fk_access_review_entry_review_id_access_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_entry")),
    )
    op.create_index("uq_access_review_entry_person", "access_review_entry", ["review_id", "person_id"], unique=True)
    op.create_table(
        "access_review_signature",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["access_review.id"], name=op.f("fk_access_review_signature_review_id_access_review")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["person.id"], name=op.f("fk_access_review_signature_signed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_signature")),
        sa.UniqueConstraint("review_id", name=op.f("uq_access_review_signature_review_id")),
    )
    op.create_table(
        "viewing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_viewing_by_person_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_viewing_person_id_person")),
        sa.ForeignKeyConstraint(["session_id"], ["user_session.id"], name=op.f("fk_viewing_session_id_user_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
    )
    op.create_index(op.f("ix_viewing_person_id"), "viewing", ["person_id"], unique=False)
    op.create_table(
        "access_review_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verdict", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("verdict IN ('keep', 'remove')", name=op.f("ck_access_review_decision_verdict")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_access_review_decision_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["access_review_entry.id"],
            name=op.f("fk_access_review_decision_entry_id_access_review_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_decision")),
    )
    op.create_index(op.f("ix_access_review_decision_entry_id"), "access_review_decision", ["entry_id"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_access_review_decision_entry_id"), table_name="access_review_decision")
    op.drop_table("access_review_decision")
    op.drop_index(op.f("ix_viewing_person_id"), table_name="viewing")
    op.drop_table("viewing")
    op.drop_table("access_review_signature")
    op.drop_index("uq_access_review_entry_person", table_name="access_review_entry")
    op.drop_table("access_review_entry")
    op.drop_index("ix_user_session_person", table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(
        "uq_shop_code_in_use",
        table_name="shop_code",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("shop_code")
    op.drop_index(op.f("ix_partner_merger_into_partner_id"), table_name="partner_merger")
    op.drop_index("ix_partner_merger_from", table_name="partner_merger")
    op.drop_table("partner_merger")
    op.drop_index("ix_partner_application_state", table_name="partner_application")
    op.drop_table("partner_application")
    op.drop_index("ix_join_request_waiting", table_name="join_request")
    op.drop_index(op.f("ix_join_request_person_id"), table_name="join_request")
    op.drop_index(op.f("ix_join_request_email"), table_name="join_request")
    op.drop_table("join_request")
    op.drop_index(op.f("ix_access_token_person_id"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("access_review")
