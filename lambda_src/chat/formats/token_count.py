"""Count the tokens of a request: with CountTokens where it covers the model, else by an estimate.

https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html
"""

from __future__ import annotations

import json

from lambda_streaming import Response

from ..converse.stream import observed, translated
from ..header_names import ESTIMATED
from ..limits.families import claude_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lambda_streaming import HTTPError

    from ..bedrock import StreamingClient
    from ..settings import AllowedModel

# Claude from 3.5 to 4.6, by the id of the foundation model; later ones are refused.
_FIRST, _AFTER = (3, 5), (4, 7)
_CLAUDE = "anthropic."
# What else than a refusal of the request means that nothing is counted: the route was mounted by hand, and
# the function has no permission; or the model is not in this Region.
_NOT_COUNTED = ("AccessDeniedException", "ResourceNotFoundException")
_NOT_COVERED = "counting tokens"
# Bytes of text for each token, and what a picture and a page have at most: Anthropic's documentation of
# token counting, of vision and of PDF support.
_BYTES_PER_TOKEN = 3.5
_IMAGE = 1600
_BYTES_PER_DOCUMENT_TOKEN = 20


def ask_for_count(
    client: StreamingClient, model: AllowedModel, counted: dict[str, Any], estimated: object
) -> dict[str, Any]:
    """Return a response whose one event is the number of tokens, and whether it is an estimate.

    :param counted: ``input`` of CountTokens
    :param estimated: what is read for an estimate
    """
    tokens = _count(client, model, counted)
    event = {"tokens": estimate(estimated) if tokens is None else tokens, "estimated": tokens is None}
    return {"body": (each for each in (event,)), "ResponseMetadata": {"HTTPHeaders": {}}}


def checked_count(
    events: Iterable[Any], on_error: Callable[[HTTPError], None] | None = None
) -> Iterator[Any]:
    """Return the event; a failure ends in an error."""
    return observed(translated(events), on_error)


def count_response(name: str, events: Iterator[Any]) -> Response:
    """Return the response, whose header says where the number is an estimate.

    :param name: of the member that has the number
    """
    (event,) = events
    headers = {ESTIMATED: name} if event["estimated"] else {}
    return Response(headers=headers, body={name: event["tokens"]})


def counts_tokens(model_id: str) -> bool:
    """Return whether CountTokens is known to cover a model."""
    version = claude_version(model_id)
    return not model_id.startswith("arn:") and version is not None and _FIRST <= version < _AFTER


def estimate(request: object) -> int:
    """Return about how many tokens a request has."""
    text, tokens = 0, 0.0
    waiting = [request]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            kind = value.get("type")
            if kind in ("image", "document") and "source" in value:
                size = len(json.dumps(value["source"], default=str))
                tokens += _IMAGE if kind == "image" else size / _BYTES_PER_DOCUMENT_TOKEN
                value = {name: each for name, each in value.items() if name != "source"}
            text += sum(len(name) for name in value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            text += len(value.encode("utf-8", "replace"))
        elif value is not None:
            text += len(json.dumps(value, default=str))
    return max(1, round(tokens + text / _BYTES_PER_TOKEN))


def _count(client: StreamingClient, model: AllowedModel, counted: dict[str, Any]) -> int | None:
    if not counts_tokens(model.model_id):
        return None
    # a profile is not counted, but the model that it leads to
    foundation_model = model.model_id[model.model_id.index(_CLAUDE) :]
    try:
        tokens: int = client.count_tokens(modelId=foundation_model, input=counted)["inputTokens"]
    except Exception as error:
        if _is_not_counted(error):
            return None
        raise
    return tokens


def _is_not_counted(error: Exception) -> bool:
    response = getattr(error, "response", None)
    said = response.get("Error", {}) if isinstance(response, dict) else {}
    return said.get("Code") in _NOT_COUNTED or _NOT_COVERED in str(said.get("Message", ""))
