"""Define authorizers with functions of their own."""
