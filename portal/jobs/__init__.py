"""What happens by itself: one table of all jobs, a worker that runs them exactly once, the delivery of facts."""
