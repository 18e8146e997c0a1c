"""Imports of partners, products, sales and rates: check everything, show it, post only what was confirmed."""
