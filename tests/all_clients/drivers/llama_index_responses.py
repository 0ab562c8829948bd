# /// client
# title = "LlamaIndex, OpenAILikeResponses"
# package = "llama-index-llms-openai-like"
# environments = ["llama-index"]
# [fails]
# thinking = "the client returns reasoning only with `store`, and then without `encrypted_content`"
# ///
"""Drive LlamaIndex with its model for APIs like OpenAI's, at Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, URL
from llama_index.llms.openai_like import OpenAILikeResponses
from llama_index_llm import drive

MODES = {"function calling": {"is_function_calling_model": True}, "text completion": {}}


def make(**more: object) -> OpenAILikeResponses:
    """Return a model."""
    return OpenAILikeResponses(model=MODEL, api_base=f"{URL}/v1", api_key="key", **more)


def ended(answer: object) -> str:
    """Return the reason of the end."""
    cut = answer.incomplete_details
    return f"incomplete: {cut.reason}" if cut else answer.status


drive(make, make(max_output_tokens=LIMIT), MODES, ended)
