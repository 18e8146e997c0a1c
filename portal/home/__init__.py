"""Home pages by role, the global search (Ctrl-K) and the health of the installation."""
