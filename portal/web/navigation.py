"""The rail and the thumb bar, by role, from the slots of all rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, has_request_context, request
from markupsafe import Markup

from portal.security.current import find_viewer
from portal.security.viewer import Viewer
from portal.web.addresses import address_of, install_addresses
from portal.web.slots import NavItem, nav_items


@dataclass(frozen=True)
class Link:
    """One door as the layout draws it."""

    label: str
    href: str
    icon: str
    current: bool
    count: int | None
    count_href: str | None
    act: bool = False


@dataclass(frozen=True)
class Group:
    """A titled group of doors."""

    title: str
    items: list[Link]


@dataclass(frozen=True)
class Navigation:
    """What the layout draws."""

    groups: list[Group]
    thumbs: list[Link]
    search_href: str = "/search"
    notifications_href: str = "/notifications"
    account_href: str = "/account"
    demo_href: str = "/tour"
    stop_view_as_href: str = "/view-as/stop"


def build_navigation(viewer: Viewer) -> Navigation:
    """The doors of this viewer, the current one marked."""
    items = nav_items(viewer)
    current = _current(items)
    titles = list(dict.fromkeys(item.group for item in items))
    groups = [Group(title, [_link(i, i is current, viewer) for i in items if i.group == title]) for title in titles]
    return Navigation([group for group in groups if group.items], _thumbs(items, current, viewer))


def _thumbs(items: list[NavItem], current: NavItem | None, viewer: Viewer) -> list[Link]:
    """The five doors at the thumb, the act in their middle."""
    links = [_link(item, item is current, viewer) for item in items if item.thumb]
    act = next((link for link in links if link.act), None)
    if act is None:
        return links[:5]
    others = [link for link in links if link is not act][:4]
    return [*others[:2], act, *others[2:]]


def _current(items: list[NavItem]) -> NavItem | None:
    endpoint = request.endpoint or ""
    for item in items:
        if endpoint == item.endpoint or any(endpoint.startswith(prefix) for prefix in item.owns):
            return item
    room = endpoint.rpartition(".")[0]
    return next((item for item in items if item.endpoint.rpartition(".")[0] == room), None)


def _link(item: NavItem, current: bool, viewer: Viewer) -> Link:
    counts = item.count_permission is None or viewer.can(item.count_permission)
    count_href = address_of(item.count_endpoint) if item.count_endpoint and counts else None
    return Link(item.label, address_of(item.endpoint), item.icon, current, None, count_href, item.act)


def palette_of(viewer: Viewer, nav: Navigation) -> Markup:
    """The palette of a role, drawn once: it lists the same doors on every page."""
    drawn: dict[tuple[str, str], Markup] = current_app.extensions.setdefault("palettes", {})
    key = (viewer.role.value, request.script_root)
    if key not in drawn:
        template = current_app.jinja_env.get_template("layouts/_palette.html")
        drawn[key] = Markup(template.render(nav=nav))  # noqa: S704 - our own template's markup
    return drawn[key]


def install_navigation(app: Flask) -> None:
    """Give every template `viewer`, `nav`, `brand` and `demo`."""
    install_addresses(app)

    @app.context_processor
    def context() -> dict[str, Any]:
        viewer = find_viewer()
        settings = current_app.extensions["settings"]
        nav = build_navigation(viewer) if viewer else None
        return {
            "viewer": viewer,
            "nav": nav,
            "palette": palette_of(viewer, nav) if viewer and nav else None,
            "brand": settings.brand,
            "demo": settings.demo,
            "view_as": viewer.name if viewer and viewer.read_only else None,
            "theme": (viewer.theme if viewer else None)
            or (request.cookies.get("theme") if has_request_context() else None),
        }
