"""Change the code in small ways, and see that a test fails for each."""
