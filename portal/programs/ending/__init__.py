"""Closing a program that is over: what it paid, to how many, against budget and goal, and which sales did not count."""
