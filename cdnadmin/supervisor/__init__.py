"""`make run`: everything that the dashboard needs, started, watched and ended together."""
