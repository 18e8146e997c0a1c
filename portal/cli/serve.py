"""`portal serve`: gunicorn with the portal in it."""

from __future__ import annotations

import sys

import click

from portal.config import load_settings, require_secret
from portal.core.migrate import ROOT


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def serve(port: int, host: str, workers: int) -> None:
    """Serve the portal. Processes, not threads: pages are bound by the processor."""
    require_secret(load_settings())
    from gunicorn.app.wsgiapp import WSGIApplication

    sys.argv = [
        "gunicorn", "--bind", f"{host}:{port}", "--workers", str(workers), "--preload",
        "--pythonpath", str(ROOT), "--timeout", "60", "--log-level", "warning",
        "--forwarded-allow-ips", "127.0.0.1", "wsgi:app",
    ]  # fmt: skip
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()
