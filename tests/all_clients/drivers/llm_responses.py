# /// client
# title = "LLM, Responses"
# package = "llm"
# environments = ["llm"]
# ///
"""Drive LLM with a model of Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from llm_plugin import drive

drive(responses=True, supports_schema=True, supports_tools=True, vision=True)
