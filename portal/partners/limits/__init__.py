"""Approval limits: an admin gives them, lowering counts at once, raising waits for a second person."""
