"""What every client is asked, and how what happened is told: in JSON, one object with an outcome for each."""

from __future__ import annotations

import json
from collections.abc import Callable

#: The first word is what the model does.
PROMPTS = (
    "text",
    "tools",
    "[[ValidationException]]",
    "[[AccessDeniedException]]",
    "[[ResourceNotFoundException]]",
    "[[ThrottlingException]]",
    "[[ServiceUnavailableException]]",
    "[[throttlingException@2]]",
    "[[cut@2]]",
    "[[silent-end@2]]",
)
TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def run(
    ask: Callable[[str, bool], dict[str, object]], client: str, modes: tuple[bool, ...] = (True, False)
) -> None:
    """Ask everything, streamed and not."""
    outcomes = {}
    for streamed in modes:
        for prompt in PROMPTS:
            name = f"{prompt} {client} {'stream' if streamed else 'whole'}"
            try:
                outcomes[name] = ask(name, streamed)
            except Exception as error:
                outcomes[name] = {
                    "error": type(error).__name__,
                    "status": getattr(error, "status_code", None),
                    "message": str(error),
                    "request_id": getattr(error, "request_id", None),
                }
    print(json.dumps(outcomes))
