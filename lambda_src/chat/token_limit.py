"""Hold native requests to the deployment's token limit."""

from __future__ import annotations

from .json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Where the models' own requests say how long the answer may be, and how many answers are wanted: "Inference
# request parameters and response fields for foundation models", Amazon Bedrock User Guide.
_LIMITS = (
    ("max_tokens",),
    ("max_completion_tokens",),
    ("max_new_tokens",),
    ("max_gen_len",),
    ("maxTokens",),
    ("inferenceConfig", "max_new_tokens"),
    ("inferenceConfig", "maxTokens"),
    ("textGenerationConfig", "maxTokenCount"),
)
_ANSWERS = (("n",), ("best_of",), ("num_generations",), ("numResults",))


def holds(native: Mapping[str, Any], ceiling: int, within: str = "") -> bool:
    """Return whether a request in a model's own words says how long the answer may be.

    :param native: members of the request
    :param ceiling: the most tokens that it may ask for
    :param within: the path of the members in the body, with a dot at its end; empty for the body itself
    :raises HTTPError: 400 that names the field when it asks for more
    """
    _refuse_above(native, _ANSWERS, 1, within)
    return _refuse_above(native, _LIMITS, ceiling, within)


def _refuse_above(
    native: Mapping[str, Any], paths: tuple[tuple[str, ...], ...], most: int, within: str
) -> bool:
    found = False
    for *holders, name in paths:
        holder: object = native
        for each in holders:
            holder = holder.get(each) if isinstance(holder, dict) else None
        asked = holder.get(name) if isinstance(holder, dict) else None
        if asked is None:
            continue
        if isinstance(asked, bool) or not isinstance(asked, int) or asked > most:
            path = f"{within}{'.'.join((*holders, name))}"
            raise bad_request(f"{path} must be an integer of at most {most}", "invalid_value", path)
        found = True
    return found
