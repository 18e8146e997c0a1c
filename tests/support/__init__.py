"""What the tests stand on: databases made in milliseconds, a browser."""
