# /// client
# title = "Strands, OpenAIModel"
# package = "strands-agents"
# environments = ["strands"]
# slow = true
# [without]
# filtered = "an agent raises no reason of the model for it"
# [fails]
# thinking = "the client returns no reasoning with Chat Completions"
# ///
"""Drive an agent of Strands with its model for OpenAI's API."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, URL
from strands.models.openai import OpenAIModel
from strands_agent import drive


def model(**params: object) -> OpenAIModel:
    """Return a model."""
    arguments = {"base_url": f"{URL}/v1", "api_key": "key"}
    return OpenAIModel(client_args=arguments, model_id=MODEL, params=params)


drive(model(), model(max_tokens=LIMIT))
