"""Trying a plan before it is published: what-if on real history, the linter, and the run beside what was paid.

Nothing here writes an earning or a posting; what it stores are its own answers.
"""
