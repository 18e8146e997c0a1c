"""Filing a claim on a phone in under a minute, keeping its draft, answering questions and following it to the end."""
