"""Run functions in execution environments, as the Runtime API expects."""
