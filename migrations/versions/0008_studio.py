"""What-if, closing, enrollments, exceptions, targets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_kind", sa.String(length=10), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.String(length=160), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(
        "ix_target_key",
        "target",
        ["participant_kind", "participant_id", "measure", "period_start", "seq"],
        unique=False,
    )
    op.create_table(
        "calculation_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_code", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_calculation_task_asked_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calculation_task")),
    )
    op.create_index(op.f("ix_calculation_task_state"), "calculation_task", ["state"], unique=False)
    op.create_table(
        "paid_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("payments", sa.Text(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("equal", sa.Integer(), nullable=False),
        sa.Column("different", sa.Integer(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_paid_file_by_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_file")),
    )
    op.create_table(
        "enrollment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("terms_digest", sa.String(length=64), nullable=True),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_enrollment_by_person_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_enrollment_partner_id_partner")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_enrollment_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
    )
    op.create_index("ix_enrollment_program_partner", "enrollment", ["program_id", "partner_id"], unique=False)
    op.create_table(
        "program_exception",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_code", sa.String(length=254), nullable=False),
        sa.Column("participant_name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("dated", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_program_exception_amount_not_zero")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_program_exception_two_people")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_program_exception_asked_by_id_person")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_program_exception_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_program_exception_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["ledger_owner.id"], name=op.f("fk_program_exception_owner_id_ledger_owner")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_exception_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_exception")),
    )
    op.create_index(op.f("ix_program_exception_owner_id"), "program_exception", ["owner_id"], unique=False)
    op.create_index(op.f("ix_program_exception_program_id"), "program_exception", ["program_id"], unique=False)
    op.create_index(op.f("ix_program_exception_state"), "program_exception", ["state"], unique=False)
    op.create_table(
        "target_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("component", sa.String(length=80), nullable=False),
        sa.Column("participant_kind", sa.String(length=10), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_name", sa.String(length=200), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("accepted_by_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"], name=op.f("fk_target_notice_accepted_by_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_target_notice_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_notice")),
    )
    op.create_index("ix_target_notice_program_period", "target_notice", ["program_id", "period_start"], unique=False)
    op.create_table(
        "terms_acceptance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_digest", sa.String(length=64), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_on", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_terms_acceptance_by_person_id_person")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_terms_acceptance_partner_id_partner")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_terms_acceptance_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_acceptance")),
        sa.UniqueConstraint("program_id", "partner_id", "terms_digest", name="uq_terms_acceptance_text"),
    )
    op.create_index("ix_terms_acceptance_partner", "terms_acceptance", ["partner_id"], unique=False)
    op.create_table(
        "terms_reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_digest", sa.String(length=64), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_terms_reminder_by_person_id_person")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_terms_reminder_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_reminder")),
    )
    op.create_index(op.f("ix_terms_reminder_program_id"), "terms_reminder", ["program_id"], unique=False)
    op.create_table(
        "simulation_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False),
        sa.Column("against", sa.String(length=80), nullable=True),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("current_cost", sa.BigInteger(), nullable=True),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_simulation_run_by_person_id_person")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["program_draft.id"], name=op.f("fk_simulation_run_draft_id_program_draft")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_simulation_run_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation_run")),
    )
    op.create_index(op.f("ix_simulation_run_program_id"), "simulation_run", ["program_id"], unique=False)
    op.create_table(
        "program_rollout",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("simulation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_rollout_program_id_program")),
        sa.ForeignKeyConstraint(
            ["simulation_id"], ["simulation_run.id"], name=op.f("fk_program_rollout_simulation_id_simulation_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_rollout")),
        sa.UniqueConstraint("program_id", "version_number", name=op.f("uq_program_rollout_program_id_version_number")),
    )
    op.create_table(
        "simulation_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_kind", sa.String(length=10), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("measure", sa.BigInteger(), nullable=False),
        sa.Column("own", sa.BigInteger(), nullable=False),
        sa.Column("current", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("affected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["simulation_run.id"], name=op.f("fk_simulation_row_run_id_simulation_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation_row")),
    )
    op.create_index(
        "ix_simulation_row_participant",
        "simulation_row",
        ["run_id", "participant_kind", "participant_id"],
        unique=False,
    )
    op.create_index("ix_simulation_row_run", "simulation_row", ["run_id", "change"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_simulation_row_run", table_name="simulation_row")
    op.drop_index("ix_simulation_row_participant", table_name="simulation_row")
    op.drop_table("simulation_row")
    op.drop_table("program_rollout")
    op.drop_index(op.f("ix_simulation_run_program_id"), table_name="simulation_run")
    op.drop_table("simulation_run")
    op.drop_index(op.f("ix_terms_reminder_program_id"), table_name="terms_reminder")
    op.drop_table("terms_reminder")
    op.drop_index("ix_terms_acceptance_partner", table_name="terms_acceptance")
    op.drop_table("terms_acceptance")
    op.drop_index("ix_target_notice_program_period", table_name="target_notice")
    op.drop_table("target_notice")
    op.drop_index(op.f("ix_program_exception_state"), table_name="program_exception")
    op.drop_index(op.f("ix_program_exception_program_id"), table_name="program_exception")
    op.drop_index(op.f("ix_program_exception_owner_id"), table_name="program_exception")
    op.drop_table("program_exception")
    op.drop_index("ix_enrollment_program_partner", table_name="enrollment")
    op.drop_table("enrollment")
    op.drop_table("paid_file")
    op.drop_index(op.f("ix_calculation_task_state"), table_name="calculation_task")
    op.drop_table("calculation_task")
    op.drop_index("ix_target_key", table_name="target")
    op.drop_table("target")
