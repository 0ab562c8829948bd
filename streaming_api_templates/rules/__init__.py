"""Find what breaks response streaming in a template."""
