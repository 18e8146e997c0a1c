"""Orders: placing one with points, following it, cancelling it."""
