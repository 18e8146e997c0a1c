"""Organizations that sell for us: their page, their list, and every dated value they ever had."""
