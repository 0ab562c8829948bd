"""Speak Anthropic's Messages, as InvokeModel and Bedrock's endpoint for it do."""
