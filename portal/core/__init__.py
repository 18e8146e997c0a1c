"""Foundations without Flask: database, clock, money, events, errors, identifiers, pages, files.

Every room stands on these; nothing here knows a room.
"""
