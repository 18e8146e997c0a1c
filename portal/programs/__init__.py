"""Incentive programs: definitions in dated versions, runs that post what the engine finds, statements, enrollments."""
