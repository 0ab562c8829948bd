"""Anthropic's Python client for Bedrock, with another URL."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import sys

import anthropic
from anthropic_messages import outcome, question
from scenarios import run

client = anthropic.AnthropicBedrock(
    base_url=sys.argv[1], aws_region="us-east-1", aws_access_key="A", aws_secret_key="S"
)


def ask(prompt: str, streamed: bool) -> dict[str, object]:
    """Return what the client has read."""
    with client.messages.stream(**question(prompt)) as stream:
        return outcome(stream.get_final_message())


if __name__ == "__main__":
    run(ask, sys.argv[2], (True,))
