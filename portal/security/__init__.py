"""Who may do what: roles, permissions, doors, passwords, throttling, headers. Knows people only as a Viewer."""
