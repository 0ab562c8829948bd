"""Stand in for Amazon Bedrock."""
