"""List what imitates somebody else's system, and the oracle of each."""
