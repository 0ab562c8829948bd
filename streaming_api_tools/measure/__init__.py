"""Measure how a response arrives, and classify it."""
