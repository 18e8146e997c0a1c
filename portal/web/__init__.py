"""Flask helpers every room uses: pages, forms, lists, filters, flashes, navigation, slots, downloads, errors."""
