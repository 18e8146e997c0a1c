"""`portal worker`."""

from __future__ import annotations

import click


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def worker(once: bool) -> None:
    """Deliver facts and run the jobs of portal/jobs/schedule.py; several workers do no harm."""
    from portal.app import create_app, freeze_after_start
    from portal.jobs.worker import run_forever, run_once

    app = create_app()
    freeze_after_start()
    (run_once if once else run_forever)(app)
