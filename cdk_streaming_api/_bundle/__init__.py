"""Put a function's own files and the packages that it needs into a folder, ready for Lambda."""
