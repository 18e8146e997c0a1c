"""A line names a partner, a product and a batch that exist: PostgreSQL looks at all rows of a statement at once.

A foreign key is asked row by row, which took half the time of a large import. SQLite keeps its foreign keys, where they
cost little. Nothing here is ever deleted, so what is left to refuse is the deletion of something that a line names.
"""

from __future__ import annotations

from typing import Any

from portal.core.guards import Trigger

NAME = "law_sale_line_known"
# constraint of the model -> (column, table)
SET_CHECKED = {
    "fk_sale_line_batch_id_journal_batch": ("batch_id", "journal_batch"),
    "fk_sale_line_partner_id_partner": ("partner_id", "partner"),
    "fk_sale_line_distributor_id_partner": ("distributor_id", "partner"),
    "fk_sale_line_product_id_product": ("product_id", "product"),
}


def _unknown(column: str, table: str) -> str:
    return (
        f"SELECT '{column} ' || wanted.id FROM (SELECT DISTINCT {column} AS id FROM added"  # noqa: S608  our own names
        f" WHERE {column} IS NOT NULL) wanted WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = wanted.id)"
    )


def _on_insert() -> list[str]:
    parts = " UNION ALL ".join(_unknown(column, table) for column, table in SET_CHECKED.values())
    body = (
        f"DECLARE missing text; BEGIN SELECT * INTO missing FROM ({parts}) AS unknown LIMIT 1; "  # noqa: S608  our own names
        "IF missing IS NOT NULL THEN RAISE EXCEPTION 'a line names % , which does not exist', missing "
        "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END"
    )
    return [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger AS $law$ {body} $law$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {NAME} ON sale_line",
        f"CREATE TRIGGER {NAME} AFTER INSERT ON sale_line REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()",
    ]


def _on_delete(table: str) -> list[str]:
    named = " OR ".join(f"{column} = OLD.id" for column, other in SET_CHECKED.values() if other == table)
    body = (
        f"BEGIN IF EXISTS (SELECT 1 FROM sale_line WHERE {named}) THEN "  # noqa: S608  our own names
        f"RAISE EXCEPTION 'lines of the journal name this row of {table}' "
        "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD; END"
    )
    name = f"law_{table}_named_by_lines"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $law$ {body} $law$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def is_a_constraint(_thing: Any, name: str | None, *_rest: Any) -> bool:
    """Whether comparing a schema with the models should look at this object: what a law checks instead is left out."""
    return name not in SET_CHECKED


KNOWN = Trigger(
    name=NAME,
    table="sale_line",
    sqlite=(),
    postgresql=(
        *(f"ALTER TABLE sale_line DROP CONSTRAINT IF EXISTS {constraint}" for constraint in SET_CHECKED),
        *_on_insert(),
        *(statement for table in ("journal_batch", "partner", "product") for statement in _on_delete(table)),
    ),
)
