"""Joining a shop without an invitation: its code, a mailed link, and an admin of the shop who confirms."""
