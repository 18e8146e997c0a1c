"""What changes the ledger. Every function works inside the caller's transaction and never commits."""

from __future__ import annotations

from portal.ledger.owners import ensure_owner, ensure_owners, vendor_owner

__all__ = ["ensure_owner", "ensure_owners", "vendor_owner"]
