# /// client
# title = "Pydantic AI, OpenAIResponsesModel"
# package = "pydantic-ai-slim"
# environments = ["pydantic-ai"]
# function = "nova"
# [fails]
# thinking = "returned only with `openai_supports_encrypted_reasoning_content` in its profile"
# ///
"""Drive Pydantic AI with its model OpenAIResponsesModel."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from pydantic_agent import drive
from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

PROVIDER = OpenAIProvider(base_url=f"{URL}/v1", api_key="key")
drive(OpenAIResponsesModel(MODEL, provider=PROVIDER))
