"""Constructs for streaming HTTP APIs on AWS."""
