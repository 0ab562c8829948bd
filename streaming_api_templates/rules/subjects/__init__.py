"""Read APIs, methods, functions and IAM policies from the templates of an app."""
