"""Read APIs, methods, functions and IAM policies from a template."""
