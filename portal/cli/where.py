"""`portal where METHOD URL`: from an address to its view, door, services and template."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from urllib.parse import urlsplit

import click
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.audit import services as audit
from portal.core.events import emit
from portal.security.doors import door_of

SERVICES = re.compile(r"services[.](\w+)")
WEB = ("flask", "portal.web")  # a module that speaks to these draws pages; rooms keep everything else free of them
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
    reached = list(_reached(inner, set()))
    sources = "\n".join(inspect.getsource(function) for function in reached)
    services = {name for function in reached for name in _services_named(function)}
    click.echo(
        f"view        {inner.__module__.replace('.', '/')}.py:{inspect.getsourcelines(inner)[1]} {inner.__name__}"
    )
    click.echo(f"endpoint    {endpoint}")
    click.echo(f"arguments   {arguments or 'none'}")
    click.echo(f"permission  {door_of(view) or 'none'}")
    click.echo(f"services    {_listed(services.union(SERVICES.findall(sources)))}")
    click.echo(f"templates   {_listed(TEMPLATES.findall(sources))}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none"


def _reached(function: FunctionType, seen: set[FunctionType]) -> Iterator[FunctionType]:
    """The function and what it calls of the pages of its own room, each once."""
    seen.add(function)
    yield function
    room = function.__module__.rpartition(".")[0]
    for called in _called(function):
        if called not in seen and called.__module__.startswith(f"{room}.") and _draws_pages(called):
            yield from _reached(called, seen)


def _draws_pages(function: FunctionType) -> bool:
    return any(str(getattr(one, "__module__", "")).startswith(WEB) for one in function.__globals__.values())


def _services_named(function: FunctionType) -> Iterator[str]:
    """The services it calls: of a `services` module, or of one beside it that leaves facts or audit entries."""
    return (called.__name__ for called in _called(function) if _is_service(called))


def _is_service(function: FunctionType) -> bool:
    if function.__module__.endswith(".services"):
        return True
    records = any(one is emit or one is audit for one in function.__globals__.values())
    return records and not _draws_pages(function)


def _called(function: FunctionType) -> Iterator[FunctionType]:
    """The portal's functions that its code names, by themselves or through their module."""
    names = set(_names(function.__code__))
    for name in names:
        found = function.__globals__.get(name)
        members = [getattr(found, other, None) for other in names] if isinstance(found, ModuleType) else [found]
        for member in map(inspect.unwrap, filter(callable, members)):
            if isinstance(member, FunctionType) and member.__module__.startswith("portal."):
                yield member


def _names(code: CodeType) -> Iterator[str]:
    """Every name the code uses, inner functions included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
