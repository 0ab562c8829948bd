"""``GET /v1/models``: the models that a caller may choose, without a call to Bedrock."""

from __future__ import annotations

from lambda_streaming import Response

from ..converse.model_call import ModelCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..converse.stream import ConverseEvent


def read(request: ChatRequest) -> ModelCall:
    """Return a call that asks no model."""

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        models = [
            {"id": model.name, "object": "model", "created": 0, "owned_by": "amazon-bedrock"}
            for model in request.settings.models
        ]
        return Response(body={"object": "list", "data": models})

    return ModelCall(None, {}, respond)
