"""Programs, runs, periods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "program",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("goal", sa.String(length=400), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("participant", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("treatment", sa.String(length=30), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_person_id"], ["person.id"], name=op.f("fk_program_owner_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("code", name=op.f("uq_program_code")),
    )
    op.create_table(
        "program_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_code", sa.String(length=80), nullable=True),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("output_digest", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("posted_count", sa.Integer(), nullable=False),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_program_run_by_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_run")),
    )
    op.create_table(
        "earned_group",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(length=80), nullable=False),
        sa.Column("participant_kind", sa.String(length=10), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("period_end", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("measure", sa.BigInteger(), nullable=False),
        sa.Column("measure_unit", sa.String(length=8), nullable=False),
        sa.Column("baseline", sa.BigInteger(), nullable=True),
        sa.Column("band", sa.String(length=40), nullable=True),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_earned_group_program_id_program")),
        sa.ForeignKeyConstraint(["run_id"], ["program_run.id"], name=op.f("fk_earned_group_run_id_program_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earned_group")),
        sa.UniqueConstraint(
            "program_id",
            "component",
            "participant_kind",
            "participant_id",
            "period_start",
            "unit",
            name="uq_earned_group_key",
        ),
    )
    op.create_index(
        "ix_earned_group_participant",
        "earned_group",
        ["participant_kind", "participant_id", "period_start", "period_end"],
        unique=False,
    )
    op.create_table(
        "program_closing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_program_closing_closed_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_closing_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_closing")),
        sa.UniqueConstraint("program_id", name=op.f("uq_program_closing_program_id")),
    )
    op.create_table(
        "program_period",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("period_end", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["locked_by_id"], ["person.id"], name=op.f("fk_program_period_locked_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_period_program_id_program")),
        sa.ForeignKeyConstraint(["run_id"], ["program_run.id"], name=op.f("fk_program_period_run_id_program_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_period")),
        sa.UniqueConstraint("program_id", "period_start", name=op.f("uq_program_period_program_id_period_start")),
    )
    op.create_table(
        "program_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_digest", sa.String(length=64), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Integer(), nullable=False),
        sa.Column("effective_until", sa.Integer(), nullable=True),
        sa.Column("inside_period", sa.String(length=20), nullable=True),
        sa.Column("drafted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["person.id"], name=op.f("fk_program_version_approved_by_id_person")
        ),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_program_version_drafted_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_version_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_version")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_program_version_program_id_number")),
    )
    op.create_table(
        "stored_trace",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_kind", sa.String(length=10), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_stored_trace_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_trace")),
        sa.UniqueConstraint(
            "program_id", "participant_kind", "participant_id", "period_start", name="uq_stored_trace_key"
        ),
    )
    op.create_table(
        "program_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False),
        sa.Column("drafted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("typed_text", sa.Text(), nullable=True),
        sa.Column("treatment", sa.String(length=30), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_program_draft_asked_by_id_person")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_program_draft_drafted_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_draft_program_id_program")),
        sa.ForeignKeyConstraint(
            ["published_version_id"],
            ["program_version.id"],
            name=op.f("fk_program_draft_published_version_id_program_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_draft")),
    )
    op.create_index(op.f("ix_program_draft_program_id"), "program_draft", ["program_id"], unique=False)
    op.create_table(
        "program_draft_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_person_id"], ["person.id"], name=op.f("fk_program_draft_step_by_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["program_draft.id"], name=op.f("fk_program_draft_step_draft_id_program_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_draft_step")),
    )
    op.create_index(op.f("ix_program_draft_step_draft_id"), "program_draft_step", ["draft_id"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_program_draft_step_draft_id"), table_name="program_draft_step")
    op.drop_table("program_draft_step")
    op.drop_index(op.f("ix_program_draft_program_id"), table_name="program_draft")
    op.drop_table("program_draft")
    op.drop_table("stored_trace")
    op.drop_table("program_version")
    op.drop_table("program_period")
    op.drop_table("program_closing")
    op.drop_index("ix_earned_group_participant", table_name="earned_group")
    op.drop_table("earned_group")
    op.drop_table("program_run")
    op.drop_table("program")
