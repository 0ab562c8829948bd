"""Call ConverseStream and turn its events into steps."""
