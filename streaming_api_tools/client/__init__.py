"""Send requests to a streaming API and decode what arrives."""
