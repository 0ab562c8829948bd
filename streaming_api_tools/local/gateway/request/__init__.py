"""Describe one request: its route, headers, context variables and proxy event."""
