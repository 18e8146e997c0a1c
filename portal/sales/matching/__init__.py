"""The matching desk: names of partners and SKUs that nobody knows, decided once for each source."""
