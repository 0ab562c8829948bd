# /// client
# title = "Pydantic AI, BedrockConverseModel"
# package = "pydantic-ai-slim"
# environments = ["pydantic-ai"]
# function = "nova"
# [fails]
# thinking = "as a block only with `bedrock_send_back_thinking_parts` in its profile, else as text"
# ///
"""Drive Pydantic AI with its model BedrockConverseModel."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from pydantic_agent import drive
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

PROVIDER = BedrockProvider(base_url=URL, region_name="us-east-1")
LACKS = {} if "claude" in MODEL else {"NativeOutput": "its profile has it for Claude and not for Nova"}
drive(BedrockConverseModel(MODEL, provider=PROVIDER), LACKS)
