"""Products, rates, the journal, imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.core.guards import install_guards

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "end_customer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("segment", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_end_customer")),
    )
    op.create_index("ix_end_customer_name", "end_customer", ["name", "valid_from"], unique=False)
    op.create_table(
        "fx_rate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_rate")),
    )
    op.create_index(
        "ix_fx_rate_currency_base_valid_from", "fx_rate", ["currency", "base", "valid_from", "seq"], unique=False
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("tags", sa.String(length=400), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
    )
    op.create_index(op.f("ix_product_category"), "product", ["category"], unique=False)
    op.create_table(
        "product_price",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_price_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_price")),
    )
    op.create_index(
        "ix_product_price_product_id_valid_from", "product_price", ["product_id", "valid_from", "seq"], unique=False
    )
    op.create_table(
        "journal_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_journal_batch_by_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_batch")),
        sa.UniqueConstraint("seq", name=op.f("uq_journal_batch_seq")),
    )
    op.create_index(op.f("ix_journal_batch_recorded_at"), "journal_batch", ["recorded_at"], unique=False)
    op.create_table(
        "import_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("range_from", sa.Integer(), nullable=True),
        sa.Column("range_until", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("folder", sa.String(length=400), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("conflict", sa.Integer(), nullable=False),
        sa.Column("error", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("reversed", sa.Integer(), nullable=False),
        sa.Column("done_rows", sa.Integer(), nullable=False),
        sa.Column("done_parts", sa.Integer(), nullable=False),
        sa.Column("checked_seq", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.String(length=12), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("by_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["journal_batch.id"], name=op.f("fk_import_job_batch_id_journal_batch")),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_import_job_by_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    op.create_index("ix_import_job_state_source", "import_job", ["state", "source"], unique=False)
    op.create_table(
        "sale_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "external_id",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("flow", sa.String(length=12), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sold_on", sa.Integer(), nullable=False),
        sa.Column("origin_on", sa.Integer(), nullable=False),
        sa.Column("invoice_no", sa.String(length=64), nullable=True),
        sa.Column("end_customer", sa.String(length=200), nullable=True),
        sa.Column("serial_no", sa.String(length=64), nullable=True),
        sa.Column("returns_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reverses_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("corrects_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("generated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["journal_batch.id"], name=op.f("fk_sale_line_batch_id_journal_batch")),
        sa.ForeignKeyConstraint(
            ["corrects_line_id"], ["sale_line.id"], name=op.f("fk_sale_line_corrects_line_id_sale_line")
        ),
        sa.ForeignKeyConstraint(["distributor_id"], ["partner.id"], name=op.f("fk_sale_line_distributor_id_partner")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sale_line_partner_id_partner")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_sale_line_product_id_product")),
        sa.ForeignKeyConstraint(
            ["returns_line_id"], ["sale_line.id"], name=op.f("fk_sale_line_returns_line_id_sale_line")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_line_id"], ["sale_line.id"], name=op.f("fk_sale_line_reverses_line_id_sale_line")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["person.id"], name=op.f("fk_sale_line_seller_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_line")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sale_line_source_external_id")),
    )
    op.create_index("ix_sale_line_batch_id", "sale_line", ["batch_id"], unique=False)
    op.create_index(
        "ix_sale_line_distributor_id",
        "sale_line",
        ["distributor_id"],
        unique=False,
        sqlite_where=sa.text("distributor_id IS NOT NULL"),
        postgresql_where=sa.text("distributor_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sale_line_invoice_no",
        "sale_line",
        ["invoice_no"],
        unique=False,
        sqlite_where=sa.text("invoice_no IS NOT NULL"),
        postgresql_where=sa.text("invoice_no IS NOT NULL"),
    )
    op.create_index(
        "ix_sale_line_origin",
        "sale_line",
        ["partner_id", "origin_on"],
        unique=False,
        sqlite_where=sa.text("origin_on <> sold_on"),
        postgresql_where=sa.text("origin_on <> sold_on"),
    )
    op.create_index("ix_sale_line_partner_id_sold_on", "sale_line", ["partner_id", "sold_on"], unique=False)
    op.create_index(
        "ix_sale_line_returns_line_id",
        "sale_line",
        ["returns_line_id"],
        unique=False,
        sqlite_where=sa.text("returns_line_id IS NOT NULL"),
        postgresql_where=sa.text("returns_line_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sale_line_reverses_line_id",
        "sale_line",
        ["reverses_line_id"],
        unique=False,
        sqlite_where=sa.text("reverses_line_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_line_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sale_line_seller_id",
        "sale_line",
        ["seller_id"],
        unique=False,
        sqlite_where=sa.text("seller_id IS NOT NULL"),
        postgresql_where=sa.text("seller_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sale_line_serial_no",
        "sale_line",
        ["serial_no"],
        unique=False,
        sqlite_where=sa.text("serial_no IS NOT NULL"),
        postgresql_where=sa.text("serial_no IS NOT NULL"),
    )
    op.create_index("ix_sale_line_sold_on", "sale_line", ["sold_on"], unique=False)
    op.create_table(
        "line_match",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("confirmed_by_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by_line_id"], ["sale_line.id"], name=op.f("fk_line_match_confirmed_by_line_id_sale_line")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["sale_line.id"], name=op.f("fk_line_match_line_id_sale_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_match")),
        sa.UniqueConstraint("confirmed_by_line_id", name=op.f("uq_line_match_confirmed_by_line_id")),
        sa.UniqueConstraint("line_id", name=op.f("uq_line_match_line_id")),
    )
    op.create_table(
        "name_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("import_job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_name_alias_decided_by_id_person")),
        sa.ForeignKeyConstraint(
            ["import_job_id"], ["import_job.id"], name=op.f("fk_name_alias_import_job_id_import_job")
        ),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_name_alias_undone_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_alias")),
    )
    op.create_index("ix_name_alias_source_noun_name", "name_alias", ["source", "noun", "name"], unique=False)
    op.create_table(
        "sale_credit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("claim_line_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["sale_line.id"], name=op.f("fk_sale_credit_line_id_sale_line")),
        sa.ForeignKeyConstraint(["seller_id"], ["person.id"], name=op.f("fk_sale_credit_seller_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_credit")),
    )
    op.create_index(op.f("ix_sale_credit_line_id"), "sale_credit", ["line_id"], unique=False)
    op.create_table(
        "waiting_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_job_id"], ["import_job.id"], name=op.f("fk_waiting_row_import_job_id_import_job")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_row")),
    )
    op.create_index(op.f("ix_waiting_row_import_job_id"), "waiting_row", ["import_job_id"], unique=False)
    op.create_index("ix_waiting_row_source_noun_name", "waiting_row", ["source", "noun", "name"], unique=False)
    install_guards(op.get_bind())


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_waiting_row_source_noun_name", table_name="waiting_row")
    op.drop_index(op.f("ix_waiting_row_import_job_id"), table_name="waiting_row")
    op.drop_table("waiting_row")
    op.drop_index(op.f("ix_sale_credit_line_id"), table_name="sale_credit")
    op.drop_table("sale_credit")
    op.drop_index("ix_name_alias_source_noun_name", table_name="name_alias")
    op.drop_table("name_alias")
    op.drop_table("line_match")
    op.drop_index("ix_sale_line_sold_on", table_name="sale_line")
    op.drop_index(
        "ix_sale_line_serial_no",
        table_name="sale_line",
        sqlite_where=sa.text("serial_no IS NOT NULL"),
        postgresql_where=sa.text("serial_no IS NOT NULL"),
    )
    op.drop_index(
        "ix_sale_line_seller_id",
        table_name="sale_line",
        sqlite_where=sa.text("seller_id IS NOT NULL"),
        postgresql_where=sa.text("seller_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_sale_line_reverses_line_id",
        table_name="sale_line",
        sqlite_where=sa.text("reverses_line_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_line_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_sale_line_returns_line_id",
        table_name="sale_line",
        sqlite_where=sa.text("returns_line_id IS NOT NULL"),
        postgresql_where=sa.text("returns_line_id IS NOT NULL"),
    )
    op.drop_index("ix_sale_line_partner_id_sold_on", table_name="sale_line")
    op.drop_index(
        "ix_sale_line_origin",
        table_name="sale_line",
        sqlite_where=sa.text("origin_on <> sold_on"),
        postgresql_where=sa.text("origin_on <> sold_on"),
    )
    op.drop_index(
        "ix_sale_line_invoice_no",
        table_name="sale_line",
        sqlite_where=sa.text("invoice_no IS NOT NULL"),
        postgresql_where=sa.text("invoice_no IS NOT NULL"),
    )
    op.drop_index(
        "ix_sale_line_distributor_id",
        table_name="sale_line",
        sqlite_where=sa.text("distributor_id IS NOT NULL"),
        postgresql_where=sa.text("distributor_id IS NOT NULL"),
    )
    op.drop_index("ix_sale_line_batch_id", table_name="sale_line")
    op.drop_table("sale_line")
    op.drop_index("ix_import_job_state_source", table_name="import_job")
    op.drop_table("import_job")
    op.drop_index(op.f("ix_journal_batch_recorded_at"), table_name="journal_batch")
    op.drop_table("journal_batch")
    op.drop_index("ix_product_price_product_id_valid_from", table_name="product_price")
    op.drop_table("product_price")
    op.drop_index(op.f("ix_product_category"), table_name="product")
    op.drop_table("product")
    op.drop_index("ix_fx_rate_currency_base_valid_from", table_name="fx_rate")
    op.drop_table("fx_rate")
    op.drop_index("ix_end_customer_name", table_name="end_customer")
    op.drop_table("end_customer")
