# /// client
# title = "LLM, Chat Completions"
# package = "llm"
# environments = ["llm"]
# [without]
# thinking = "LLM reads no reasoning of Chat Completions"
# ///
"""Drive LLM with a model of Chat Completions."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from llm_plugin import drive

drive(supports_schema=True, supports_tools=True, vision=True)
