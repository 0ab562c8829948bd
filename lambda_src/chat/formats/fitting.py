"""Fit a converted request to what Bedrock and the model take, and name what had to go."""

from __future__ import annotations

from ..limits.families import ANTHROPIC, takes_no_sampling, takes_one_sampling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..json_body import JsonObject
    from ..settings import AllowedModel

# "Prompt caching for faster model inference", Amazon Bedrock User Guide.
_MOST_CACHE_POINTS = 4
# InferenceConfiguration of the service model; OpenAI's API goes to 2.
_HIGHEST_TEMPERATURE = 1


def fit(body: JsonObject, members: dict[str, Any], model: AllowedModel, stop: str) -> None:
    """Change members of ConverseStream that Bedrock would refuse.

    :param body: the request, which is told what was dropped
    :param stop: what the format calls the stop sequences
    """
    config = members.get("inferenceConfig", {})
    _fit_stop_sequences(body, config, model, stop)
    if takes_no_sampling(model.model_id):
        _drop_sampling(body, config)
    if config.get("temperature", 0) > _HIGHEST_TEMPERATURE:
        config["temperature"] = _HIGHEST_TEMPERATURE
        body.drop("temperature")
    if "temperature" in config and "topP" in config and takes_one_sampling(model.model_id):
        del config["topP"]
        body.drop("top_p")
    if not config:
        members.pop("inferenceConfig", None)
    _fit_cache_points(body, members)


def _drop_sampling(body: JsonObject, config: dict[str, Any]) -> None:
    for member, name in (("temperature", "temperature"), ("topP", "top_p")):
        # the default is what happens anyway
        if config.pop(member, _HIGHEST_TEMPERATURE) != _HIGHEST_TEMPERATURE:
            body.drop(name)


def _fit_stop_sequences(body: JsonObject, config: dict[str, Any], model: AllowedModel, stop: str) -> None:
    given = config.pop("stopSequences", [])
    claude = model.family is ANTHROPIC
    # Anthropic's models refuse whitespace alone, all others what is empty
    kept = [each for each in given if (each.strip() if claude else each)]
    if kept:
        config["stopSequences"] = kept
    if len(kept) < len(given):
        body.drop(stop)


def _fit_cache_points(body: JsonObject, members: dict[str, Any]) -> None:
    """Keep the last cache points, in the order in which a model reads: they end the longest prefixes."""
    tools = members.get("toolConfig", {}).get("tools", [])
    contents = [message["content"] for message in members["messages"]]
    holders = [tools, members.get("system", []), *contents]
    found = [(holder, block) for holder in holders for block in holder if "cachePoint" in block]
    surplus = found[:-_MOST_CACHE_POINTS]
    for holder, point in surplus:
        # points are equal to each other, so that the identity decides
        holder[:] = [block for block in holder if block is not point]
    if surplus:
        body.drop("cache_control")
