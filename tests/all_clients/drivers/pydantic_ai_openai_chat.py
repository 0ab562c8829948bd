# /// client
# title = "Pydantic AI, OpenAIChatModel"
# package = "pydantic-ai-slim"
# environments = ["pydantic-ai"]
# function = "nova"
# [fails]
# thinking = "it returns the reasoning without its signature, and Bedrock takes none without"
# ///
"""Drive Pydantic AI with its model OpenAIChatModel."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from pydantic_agent import drive
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

PROVIDER = OpenAIProvider(base_url=f"{URL}/v1", api_key="key")
drive(OpenAIChatModel(MODEL, provider=PROVIDER))
