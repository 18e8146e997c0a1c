"""The linter: what a plan would get wrong, found before it is published. Small pure rules over measured facts."""
