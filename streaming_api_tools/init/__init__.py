"""Starts an app of one's own: writes the files that ``docs/how-to-own-app.md`` explains."""
