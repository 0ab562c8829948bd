"""``POST /v1/responses``: OpenAI's Responses API.

https://platform.openai.com/docs/api-reference/responses and .../responses-streaming. Without a store of
streams nothing is stored: the client sends the whole conversation, and reasoning travels in
``encrypted_content``.
"""

from __future__ import annotations

from lambda_streaming import HTTPError

from ...routes import RESPONSE
from ...settings import EXTRA, RESPONSES
from ..openai_words import in_openais_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...converse.model_call import ChatRequest, ModelCall

# Where OpenAI's API has what Bedrock calls otherwise.
_FIELDS = {"serviceTier": "service_tier", "system": "instructions", "messages": "input"}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    The models that the deployment names get it as it is, unless it has what only ConverseStream takes.

    :raises HTTPError: 400 that names the field that has no counterpart; 404 for a response by its id
    """
    if RESPONSE in request.path.rstrip("/"):
        message = "the response does not exist: this API stores no responses; send the whole conversation"
        if request.stores:
            message = "stored responses are at the routes of an API with the store, and not at this function"
        raise HTTPError(404, message, code="response_not_found", param="response_id")
    body = request.body()
    model = request.settings.model(body.text("model"))
    state = None
    if request.stores:
        from .state import State  # no other function pays for it

        state = State(request, body)
    if request.settings.vendor_api(model) == RESPONSES and not body.has(EXTRA):
        from . import gpt  # a cold start pays for one of the two

        return gpt.relayed(request, body, model, state)
    from .converted import converted

    return converted(body, model, state)


def translate_error(error: HTTPError) -> None:
    """Name the error and the field at fault as the caller does."""
    in_openais_words(error, _FIELDS)
