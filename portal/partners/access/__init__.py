"""Access: log-in and log-out, sessions as rows, passwords, single-use links, viewing as a partner."""
