"""Speak OpenAI's Responses API, as Bedrock's endpoint for it does."""
