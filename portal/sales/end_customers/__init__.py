"""End customers and their segments by day: to whom a sale may be left out, such as the public sector."""
