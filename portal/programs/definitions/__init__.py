"""Programs and their immutable versions: drafted by one manager, approved by another, published with a date."""
