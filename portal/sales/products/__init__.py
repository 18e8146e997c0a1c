"""Products: SKU, category path, and list prices and costs that are dated."""
