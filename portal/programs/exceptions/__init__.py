"""Exceptions instead of edits: a dated, reasoned amount for one participant and period, approved by a second person."""
