"""My programs: what each program pays a partner or seller, where one stands, what comes next, what was accepted."""
