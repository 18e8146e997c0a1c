"""The parallel run: what was really paid held against what the engine owes, and why they differ."""
