"""Reports who used what, from the records of the bundled chat function."""
