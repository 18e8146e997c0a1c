"""Whether the process answers, and whether everything it needs does."""
