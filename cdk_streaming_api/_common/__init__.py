"""Checks and values that every construct shares."""
