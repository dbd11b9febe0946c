"""A distribution and what belongs to it, written for other tools."""
