"""What points buy: the catalog, the orders of people, and handing over what was ordered.

Stock and points are taken in one transaction: the item is locked first, then the ledger's accounts. Orders are held in
the ledger when placed, captured when fulfilled, released exactly when cancelled.
"""
