# /// client
# title = "Pydantic AI, AnthropicModel"
# package = "pydantic-ai-slim"
# environments = ["pydantic-ai"]
# function = "claude"
# ///
"""Drive Pydantic AI with its model AnthropicModel."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from pydantic_agent import drive
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

PROVIDER = AnthropicProvider(base_url=URL, api_key="key")
drive(AnthropicModel(MODEL, provider=PROVIDER))
