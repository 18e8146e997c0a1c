"""The acts a viewer may begin from the palette, and the pages of the rail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, url_for

from portal.security.viewer import Viewer
from portal.web.slots import Hit, nav_items


@dataclass(frozen=True)
class Act:
    """Something to do: what it is called, where it begins, who may, and other words for it."""

    label: str
    endpoint: str
    permission: str
    icon: str
    words: str = ""
    partners_only: bool = False


ACTS = [
    Act("Claim a sale", "claims.submission.new_claim", "claim:file", "plus", "file register invoice", True),
    Act("Approve the safe claims", "claims.review.preview_safe", "claim:approve", "check", "bulk together queue"),
    Act("Import a file", "sales.imports.new_import", "import:run", "upload", "csv sales partners products late"),
    Act("Add a partner", "partners.organizations.add_partner", "partner:add", "shop", "shop reseller new"),
    Act("Invite a person", "partners.people.invite_person", "person:invite", "user", "account seller colleague"),
    Act("Propose an adjustment", "ledger.propose_adjustment", "adjustment:propose", "edit", "correct post money stars"),
    Act("Close a month", "ledger.list_months", "month:close", "lock", "accounting period"),
    Act("Check the chain", "audit.show_chain", "audit:read", "shield", "audit verify hash"),
]
ACCOUNT = (("Change your password", "partners.access.change_password", "key"),
           ("Your account and devices", "partners.access.show_account", "user"))  # fmt: skip


def find_acts(viewer: Viewer, text: str) -> Iterable[Hit]:
    """The acts this viewer may begin whose words carry the text."""
    for act in ACTS:
        known = act.endpoint in current_app.view_functions and viewer.can(act.permission)
        if known and not (act.partners_only and viewer.is_vendor) and fits(text, f"{act.label} {act.words}"):
            yield Hit(act.label, "", url_for(act.endpoint), act.icon, "Acts")
    for label, endpoint, icon in ACCOUNT:
        if endpoint in current_app.view_functions and fits(text, label):
            yield Hit(label, "", url_for(endpoint), icon, "Acts")


def find_pages(viewer: Viewer, text: str) -> Iterable[Hit]:
    """The pages of the viewer's rail whose name carries the text."""
    for item in nav_items(viewer):
        if fits(text, f"{item.label} {item.group}") and not item.act:
            yield Hit(item.label, item.group, url_for(item.endpoint), item.icon, "Pages")


def fits(text: str, words: str) -> bool:
    """Whether every word typed begins or continues a word of the thing."""
    return all(word in words.lower() for word in text.lower().split())
