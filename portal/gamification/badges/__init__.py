"""Badges: rules over counts, given once, with the date and what is still missing."""
