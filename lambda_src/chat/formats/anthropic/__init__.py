"""``POST /v1/messages``: Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_streaming import HTTPError

    from ...converse.model_call import ChatRequest, ModelCall

#: What Anthropic's clients know as an overloaded service.
STATUSES = {503: 529}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    Anthropic's own models get it as it is, unless it has what only ConverseStream takes.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    model = request.settings.model(body.text("model"))
    if request.settings.relays(model):
        from .. import claude  # a cold start pays for one of the two

        if not claude.must_convert(body, model.model_id):
            return claude.relayed(request, body, model)
    from .converted import converted

    return converted(request, body, model)


def translate_error(error: HTTPError) -> None:
    """Give an error the status by which Anthropic's clients know it."""
    error.status = STATUSES.get(error.status, error.status)
