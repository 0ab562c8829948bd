# /// client
# title = "openai for Python, `BedrockRelay.RESPONSES`"
# package = "openai"
# environments = ["openai-1", "openai-2", "openai-3"]
# function = "responses"
# ///
"""Drive OpenAI's Python client at Responses, which `BedrockRelay.RESPONSES` passes on to Bedrock's own."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import openai_responses  # noqa: F401
