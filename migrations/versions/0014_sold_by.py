"""The index of who sold when names the product, too: what new lines change is found in it alone."""

from __future__ import annotations

from alembic import op

from portal.core.guards import install_guards

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Put the wider index in the place of the narrower one."""
    op.create_index(
        "ix_sale_line_sold_by",
        "sale_line",
        ["partner_id", "sold_on", "product_id"],
        unique=False,
        postgresql_include=["id"],
    )
    op.drop_index("ix_sale_line_partner_id_sold_on", table_name="sale_line")
    install_guards(op.get_bind())


def downgrade() -> None:
    """Put the narrower index back."""
    op.create_index("ix_sale_line_partner_id_sold_on", "sale_line", ["partner_id", "sold_on"], unique=False)
    op.drop_index("ix_sale_line_sold_by", table_name="sale_line")
    install_guards(op.get_bind())
