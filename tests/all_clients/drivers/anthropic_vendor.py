# /// client
# title = "anthropic for Python, `BedrockRelay.MESSAGES`"
# package = "anthropic"
# environments = ["anthropic-0", "anthropic-1", "anthropic-2"]
# function = "messages"
# ///
"""Drive Anthropic's Python client at Messages, which `BedrockRelay.MESSAGES` passes on to Bedrock's own."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import anthropic_messages  # noqa: F401
