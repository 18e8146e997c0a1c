"""Who takes part in a program that asks to be joined, and the terms they accepted."""
