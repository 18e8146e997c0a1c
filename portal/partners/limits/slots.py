"""Who approves what, for the refusals of rooms below and above; the list is reached from people and access review."""

from __future__ import annotations

from portal.partners.limits.queries import offer_approvers

offer_approvers()
