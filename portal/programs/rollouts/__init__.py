"""Telling those whom a published version pays: what changes, from when, and what it would have meant to each."""
