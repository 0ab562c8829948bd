"""Applications of other makers' frameworks, each with its streaming example and an upload."""
