# /// client
# title = "openai-agents for Python, Chat Completions"
# package = "openai-agents"
# environments = ["openai-agents"]
# [without]
# filtered = "an agent tells no finish reason"
# truncation = "an agent tells no finish reason"
# [fails]
# thinking = "the client returns the reasoning of Chat Completions only to models of DeepSeek"
# ///
"""Drive OpenAI's agents with Chat Completions."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from agents import OpenAIChatCompletionsModel
from driving import MODEL, URL
from openai import AsyncOpenAI
from openai_agent import drive

drive(OpenAIChatCompletionsModel(MODEL, AsyncOpenAI(base_url=f"{URL}/v1", api_key="key")))
