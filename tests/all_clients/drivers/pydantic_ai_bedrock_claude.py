# /// client
# title = "Pydantic AI, BedrockConverseModel with Claude"
# package = "pydantic-ai-slim"
# environments = ["pydantic-ai"]
# function = "claude"
# ///
"""Drive Pydantic AI with its model BedrockConverseModel, and Claude."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import pydantic_ai_bedrock  # noqa: F401
