"""Streaming responses from the managed Python runtime of AWS Lambda."""
