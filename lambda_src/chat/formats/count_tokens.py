"""``POST /model/{modelId}/count-tokens``: Bedrock's own operation that counts the tokens of a request."""

from __future__ import annotations

from ..converse.model_call import ModelCall
from ..converse.request import to_converse
from ..json_body import bad_request, decoded, json_object
from .event_stream import translate_error
from .token_count import ask_for_count, checked_count, count_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lambda_streaming import Response

    from ..bedrock import StreamingClient
    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..json_body import JsonObject
    from ..settings import AllowedModel

__all__ = ["read", "translate_error"]

# Members of ConverseTokensRequest: botocore's service model.
COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")


def read(request: ChatRequest) -> ModelCall:
    """Return the call that counts, with the system prompt of the deployment.

    :raises HTTPError: 400 for a request that is neither of the two kinds
    """
    body = request.body()
    name = request.model_in_path()
    model = request.settings.model(name)
    given = body.required_object("input")
    converse, native = given.member("converse"), given.member("invokeModel")
    if (converse is None) == (native is None):
        raise bad_request("input must have converse or invokeModel", "invalid_value", "input")
    if converse is not None:
        counted = {"converse": _converse(request, model, converse)}
        estimated: object = counted
    else:
        assert native is not None
        raw = decoded(native.value.get("body"), native.at("body"))
        estimated = json_object({"body": raw.decode("utf-8", "replace")}).value
        request.settings.caller_fields.check_native(estimated)
        counted = {"invokeModel": {"body": raw}}

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        return ask_for_count(client, model, counted, estimated)

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        return count_response("inputTokens", events)

    return ModelCall(name, {}, respond, native=given.value, ask=ask, check=checked_count, free=True)


def _converse(request: ChatRequest, model: AllowedModel, converse: JsonObject) -> dict[str, Any]:
    converse.only(*COUNTED)
    decided = request.settings.arguments(model, to_converse(converse))
    return {name: decided[name] for name in COUNTED if name in decided}
