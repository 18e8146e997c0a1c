"""`portal verify`: the ledger's laws, cached balances, the audit chain, the guards; names what is wrong."""

from __future__ import annotations

import click

from portal.home.health.proof import findings


@click.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Prove the books: exit 1 and name what is wrong."""
    found = findings()
    for sentence in found:
        click.echo(sentence)
    click.echo(f"{len(found)} findings." if found else "All is well: ledger, balances, guards and audit chain agree.")
    ctx.exit(1 if found else 0)
