# /// client
# title = "Strands, BedrockModel"
# package = "strands-agents"
# environments = ["strands"]
# slow = true
# [without]
# filtered = "an agent raises no reason of the model for it"
# [fails]
# thinking = "the client returns signed reasoning only to Claude"
# ///
"""Drive an agent of Strands with its model for Bedrock."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, URL
from strands.models import BedrockModel
from strands_agent import drive


def model(**more: object) -> BedrockModel:
    """Return a model."""
    return BedrockModel(endpoint_url=URL, region_name="us-east-1", model_id=MODEL, **more)


drive(model(), model(max_tokens=LIMIT))
