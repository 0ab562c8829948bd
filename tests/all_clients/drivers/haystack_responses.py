# /// client
# title = "Haystack, OpenAIResponsesChatGenerator"
# package = "haystack-ai"
# environments = ["haystack"]
# ///
"""Drive Haystack with its generator for Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from haystack.components.generators.chat import OpenAIResponsesChatGenerator
from haystack.utils import Secret
from haystack_generator import drive

KEY = Secret.from_token("key")
GENERATOR = OpenAIResponsesChatGenerator(api_key=KEY, model=MODEL, api_base_url=f"{URL}/v1")
drive(GENERATOR, "max_output_tokens", "text_format")
