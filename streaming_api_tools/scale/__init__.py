"""Predicts how many streams run at once, and the share of requests that a limit of AWS refuses."""
