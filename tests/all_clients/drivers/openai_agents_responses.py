# /// client
# title = "openai-agents for Python, Responses"
# package = "openai-agents"
# environments = ["openai-agents"]
# [without]
# filtered = "an agent tells no finish reason"
# truncation = "an agent tells no finish reason"
# ///
"""Drive OpenAI's agents with Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from agents import OpenAIResponsesModel
from driving import MODEL, URL
from openai import AsyncOpenAI
from openai_agent import drive

drive(OpenAIResponsesModel(MODEL, AsyncOpenAI(base_url=f"{URL}/v1", api_key="key")))
