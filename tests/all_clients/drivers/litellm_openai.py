# /// client
# title = "LiteLLM, `openai/`"
# package = "litellm"
# environments = ["litellm"]
# function = "nova"
# ///
"""Drive LiteLLM with its provider openai."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import URL
from litellm_provider import drive

drive("openai", api_base=f"{URL}/v1", api_key="key")
