"""Pilots: who a program is tried with and who is left as they were, and what the difference between the two says."""
