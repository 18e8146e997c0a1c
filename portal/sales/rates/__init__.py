"""Exchange rates: one unit of a currency in units of a base, from a day on."""
