"""Call ConverseStream and read its events."""
