"""Describe one request: its route, headers, context variables and access-log line."""
