"""Territories, and which of them a channel manager looks after (none assigned means all)."""
