"""The period desk: every period of every program, what arrived late, calculating now, closing with a second look."""
