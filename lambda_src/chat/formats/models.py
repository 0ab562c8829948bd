"""``GET /v1/models`` and ``/v1/models/{id}``: the models that a caller may choose, without a call to Bedrock.

https://platform.openai.com/docs/api-reference/models and https://platform.claude.com/docs/en/api/models-list.
"""

from __future__ import annotations

from urllib.parse import unquote

from lambda_streaming import Response

from ..converse.model_call import ModelCall
from ..routes import MODEL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..converse.stream import ConverseEvent
    from ..settings import AllowedModel

# When the models became available Bedrock does not tell with a model id.
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


def read(request: ChatRequest) -> ModelCall:
    """Return a call that asks no model.

    :raises HTTPError: 404 for a model that a caller may not choose
    """
    # only Anthropic's clients send it
    describe = _anthropic if request.header("anthropic-version") else _openai
    _, found, name = request.path.rstrip("/").rpartition(MODEL)
    model = request.settings.model(unquote(name)) if found else None

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if model:
            return Response(body=describe(model))
        models = [describe(each) for each in request.settings.models]
        if describe is _openai:
            return Response(body={"object": "list", "data": models})
        first, last = (models[0]["id"], models[-1]["id"]) if models else (None, None)
        return Response(body={"data": models, "has_more": False, "first_id": first, "last_id": last})

    return ModelCall(None, {}, respond)


def _openai(model: AllowedModel) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": 0, "owned_by": "amazon-bedrock"}


def _anthropic(model: AllowedModel) -> dict[str, Any]:
    return {"type": "model", "id": model.name, "display_name": model.name, "created_at": _UNKNOWN_TIME}
