"""Levels: the tier of a partner, what the next one takes, and the points of a person."""
