# /// client
# title = "LlamaIndex, OpenAILike"
# package = "llama-index-llms-openai-like"
# environments = ["llama-index"]
# [fails]
# thinking = "the client returns no reasoning with Chat Completions"
# ///
"""Drive LlamaIndex with its model for APIs like OpenAI's, at Chat Completions."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, URL
from llama_index.llms.openai_like import OpenAILike
from llama_index_llm import drive

MODES = {
    "function calling": {"is_function_calling_model": True},
    "structured outputs": {"should_use_structured_outputs": True},
    "text completion": {},
}


def make(**more: object) -> OpenAILike:
    """Return a model; one that answers chats has to be called one."""
    return OpenAILike(model=MODEL, api_base=f"{URL}/v1", api_key="key", is_chat_model=True, **more)


drive(make, make(max_tokens=LIMIT), MODES, lambda answer: answer.choices[0].finish_reason)
