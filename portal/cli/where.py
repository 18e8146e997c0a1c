"""`portal where METHOD URL`: from an address to its view, door, services and template."""

from __future__ import annotations

import inspect
import re
from urllib.parse import urlsplit

import click
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.security.doors import door_of

SERVICES = re.compile(r"services[.](\w+)")
TEMPLATES = re.compile(r'"([\w/]+[.]html)"')


@click.command()
@click.argument("method")
@click.argument("url")
@click.pass_context
def where(ctx: click.Context, method: str, url: str) -> None:
    """Print which code answers METHOD URL."""
    from portal.app import create_app

    app = create_app()
    adapter = app.url_map.bind("localhost")
    try:
        endpoint, arguments = adapter.match(urlsplit(url).path or "/", method=method.upper())
    except MethodNotAllowed as error:
        words = ", ".join(sorted({*(error.valid_methods or ())} - {"OPTIONS", "HEAD"}))
        click.echo(f"{method.upper()} {url}: This address takes {words}.", err=True)
        ctx.exit(1)
    except HTTPException as error:
        click.echo(f"{method.upper()} {url}: {error.description}", err=True)
        ctx.exit(1)
    view = app.view_functions[endpoint]
    inner = inspect.unwrap(view)
    source = inspect.getsource(inner)
    click.echo(
        f"view        {inner.__module__.replace('.', '/')}.py:{inspect.getsourcelines(inner)[1]} {inner.__name__}"
    )
    click.echo(f"endpoint    {endpoint}")
    click.echo(f"arguments   {arguments or 'none'}")
    click.echo(f"permission  {door_of(view) or 'none'}")
    click.echo(f"services    {_found(SERVICES, source)}")
    click.echo(f"templates   {_found(TEMPLATES, source)}")


def _found(pattern: re.Pattern[str], source: str) -> str:
    return ", ".join(sorted(set(pattern.findall(source)))) or "none"
