"""The year's programs on one page, and each program on a sheet of paper for the wall."""
