"""The clients that are run, unmodified but for the URL, and what they are expected to make of an answer."""

from __future__ import annotations

from dataclasses import dataclass

BOTH = ("stream", "whole")
STREAM = ("stream",)


@dataclass(frozen=True)
class Client:
    """A client.

    :param name: the last word of its prompts
    :param script: what runs it
    :param folder: where it is installed
    :param finish: what it calls the end of a text, and of a call for a tool
    :param usage: the tokens as it counts them: those of the prompt with the cache or without
    :param reasons: whether it shows the model's reasoning
    :param modes: how it asks
    :param retries: whether it asks again by itself, and tells the status of an error
    """

    name: str
    script: str
    folder: str
    finish: tuple[str, str]
    usage: tuple[int, ...] = (8, 2)
    reasons: bool = True
    modes: tuple[str, ...] = BOTH
    retries: bool = True

    @property
    def api(self) -> str:
        """Whose API it is for."""
        return "anthropic" if "anthropic" in self.name and not self.name.endswith("bedrock") else "other"


_OPENAI = ("stop", "tool_calls")
_ANTHROPIC = ("end_turn", "tool_use")
_RESPONSES = ("completed", "completed")
_AI = ("stop", "tool-calls")
# Anthropic's clients count what the cache has apart.
_APART = (3, 2, 4)
CLIENTS = [
    *(Client(f"openai-{major}", "openai_chat.py", f"openai-{major}", _OPENAI) for major in (1, 2, 3)),
    Client("openai-js", "openai_chat.mjs", "npm", _OPENAI),
    *(
        Client(f"openai-{major}-responses", "openai_responses.py", f"openai-{major}", _RESPONSES)
        for major in (1, 2, 3)
    ),
    Client("openai-js-responses", "openai_responses.mjs", "npm", _RESPONSES),
    *(
        Client(f"anthropic-{major}", "anthropic_messages.py", f"anthropic-{major}", _ANTHROPIC, _APART)
        for major in (0, 1, 2)
    ),
    Client("anthropic-js", "anthropic_messages.mjs", "npm", _ANTHROPIC, _APART),
    *(
        Client(
            f"anthropic-{major}-bedrock",
            "anthropic_bedrock.py",
            f"anthropic-{major}",
            _ANTHROPIC,
            _APART,
            modes=STREAM,
        )
        for major in (0, 1, 2)
    ),
    Client("ai-ui", "ai_ui.mjs", "npm", _AI, (3, 2), modes=STREAM, retries=False),
    Client("ai-openai", "ai_providers.mjs", "npm", _AI, reasons=False, modes=STREAM),
    Client("ai-openai-responses", "ai_providers.mjs", "npm", _AI, modes=STREAM),
    Client("ai-openai-compatible", "ai_providers.mjs", "npm", _AI, modes=STREAM),
    Client("ai-anthropic", "ai_providers.mjs", "npm", _AI, modes=STREAM),
    Client("langchain-openai", "langchain_chat.py", "langchain", _OPENAI, reasons=False, modes=STREAM),
    Client("langchain-anthropic", "langchain_chat.py", "langchain", _ANTHROPIC, modes=STREAM),
]
#: These see every row of the error table.
TABLE = [
    Client("openai-3", "error_table.py", "openai-3", _OPENAI),
    Client("anthropic-2", "error_table.py", "anthropic-2", _ANTHROPIC),
]
