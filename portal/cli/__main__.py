"""`python -m portal.cli` is the console script `portal`."""

from portal.cli import main

main()
