"""The journal keeps how many lines each batch has on a day; what it already holds is counted once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0013"
down_revision = "0012"

COUNT = """
INSERT INTO journal_day (batch_id, flow, sold_on, origin_on, linked, lines)
SELECT l.batch_id, l.flow, l.sold_on, l.origin_on, l.returns_line_id IS NOT NULL, count(*)
FROM sale_line l JOIN journal_batch b ON b.id = l.batch_id
WHERE b.state = 'confirmed'
GROUP BY l.batch_id, l.flow, l.sold_on, l.origin_on, l.returns_line_id IS NOT NULL
"""


def upgrade() -> None:
    """Create the table and count."""
    op.create_table(
        "journal_day",
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow", sa.String(length=12), nullable=False),
        sa.Column("sold_on", sa.Integer(), nullable=False),
        sa.Column("origin_on", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["journal_batch.id"], name=op.f("fk_journal_day_batch_id_journal_batch")),
        sa.PrimaryKeyConstraint("batch_id", "flow", "sold_on", "origin_on", "linked", name=op.f("pk_journal_day")),
    )
    op.create_index("ix_journal_day_flow_origin_on", "journal_day", ["flow", "origin_on"], unique=False)
    op.execute(COUNT)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the table."""
    op.drop_index("ix_journal_day_flow_origin_on", table_name="journal_day")
    op.drop_table("journal_day")
