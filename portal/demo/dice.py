"""Chance with a seed: the same key always gives the same draws, on every machine and day."""

import random

SEED = "adventureworks-demo-1"


def dice(*key: object) -> random.Random:
    """A generator of its own for one named purpose, so that adding another never moves its draws."""
    return random.Random("/".join([SEED, *map(str, key)]))  # noqa: S311  # a demo needs repeatable draws, not secret ones
