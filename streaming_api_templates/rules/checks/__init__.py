"""Check one subject each, and yield findings."""
