"""Load and resolve templates."""
