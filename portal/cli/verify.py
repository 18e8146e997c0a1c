"""`portal verify`: the ledger's laws, cached balances, the audit chain, the guards; names what is wrong."""

from __future__ import annotations

import click

from portal.audit.queries import verify_chain
from portal.core import db
from portal.core.guards import missing_guards
from portal.ledger.services import verify as verify_ledger


def findings() -> list[str]:
    """Everything that is wrong, as sentences."""
    with db.engine().connect() as connection:
        guards = [
            f"The guard {name} is missing: rows of its table could be changed." for name in missing_guards(connection)
        ]
    return list(dict.fromkeys([*guards, *verify_ledger(), *verify_chain()]))


@click.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Prove the books: exit 1 and name what is wrong."""
    found = findings()
    for sentence in found:
        click.echo(sentence)
    click.echo(f"{len(found)} findings." if found else "All is well: ledger, balances, guards and audit chain agree.")
    ctx.exit(1 if found else 0)
