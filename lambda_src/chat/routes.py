"""Choose the format of a request by its path; SDKs always send ``Accept: application/json``."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .converse.model_call import ChatRequest, ModelCall

    class WireFormat(Protocol):
        """A module of :mod:`chat.formats`; ``translate_error``, if it has one, changes an error."""

        @staticmethod
        def read(request: ChatRequest) -> ModelCall:
            """Return the call that a request asks for, or raise a 400."""


# What begins the id of a model, and of a response, in a path.
MODEL, RESPONSE = "/v1/models/", "/v1/responses/"
# The end of the path, which may have the base path of a custom domain before it, and the module.
ROUTES = (
    ("/chat/completions", "openai"),
    ("/v1/responses", "responses"),
    ("/v1/models", "models"),
    ("/v1/messages", "anthropic"),
    ("/v1/messages/count_tokens", "anthropic.counting"),
    ("/ui/chat", "ui"),
    ("/converse-stream", "relay"),
    ("/converse", "relay"),
    ("/invoke-with-response-stream", "invoke"),
    ("/invoke", "invoke"),
    ("/count-tokens", "count_tokens"),
)
NATIVE = "native"
_OF_ONE = ((MODEL, "models"), (RESPONSE, "responses"))


def find(path: str) -> WireFormat:
    """Return the format of a path; every other path is the native route."""
    trimmed = path.rstrip("/")
    name = next((name for end, name in ROUTES if trimmed.endswith(end)), NATIVE)
    if name == NATIVE:
        name = next((name for begin, name in _OF_ONE if begin in trimmed), NATIVE)
    # a cold start pays for one format, not for all
    module: WireFormat = import_module(f"chat.formats.{name}")  # type: ignore[assignment]
    return module
