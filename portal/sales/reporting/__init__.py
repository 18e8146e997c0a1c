"""Who reports what by when: the calendar of files that sources owe, what is late, missing or unusual, and what
finance accepts as it is."""
