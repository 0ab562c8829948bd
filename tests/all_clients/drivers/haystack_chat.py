# /// client
# title = "Haystack, OpenAIChatGenerator"
# package = "haystack-ai"
# environments = ["haystack"]
# [without]
# thinking = "the generator reads no reasoning of Chat Completions"
# ///
"""Drive Haystack with its generator for Chat Completions."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import MODEL, URL
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.utils import Secret
from haystack_generator import drive

GENERATOR = OpenAIChatGenerator(Secret.from_token("key"), MODEL, api_base_url=f"{URL}/v1")
drive(GENERATOR, "max_completion_tokens", "response_format")
