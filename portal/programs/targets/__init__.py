"""Targets: what a participant is to reach in a period, imported or set; the newest row of a key counts."""
