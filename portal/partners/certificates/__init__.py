"""Certificates of partners and people: what programs may ask for, dated, never altered."""
