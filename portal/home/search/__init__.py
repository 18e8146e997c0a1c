"""Ctrl K: things, then acts, then pages."""
