"""Decide the reply to a prompt: a deterministic text, or a failure of the real service.

A prompt asks for something else with directives in double square brackets, anywhere in its last text:
``[[ThrottlingException]]`` before the stream, ``[[modelStreamErrorException@2]]`` or ``[[cut@2]]`` within it,
``[[say=Hello.]]`` and ``[[pace=20]]``. docs/bedrock-standin.md has all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .operations import HTTP_EXCEPTIONS, STREAM_EXCEPTIONS

#: What breaks a stream, and how.
BREAKS = {
    "cut": "the connection is closed in the middle of the response",
    "silent-end": "the response ends properly, but without `messageStop` or what the model has instead",
    "stall": "nothing more comes, and the connection stays open",
    "bad-crc": "the checksum of the next message is wrong",
}
#: Directives with a value, and what it is.
SETTINGS = {
    "say": "the text of the reply",
    "tokens": "how many tokens the reply has; the text is repeated or cut",
    "stop": "the stop reason, as ConverseStream spells it",
    "pace": "milliseconds before each token; several with commas between them, the last of which is repeated",
    "slow-first-token": "milliseconds before the first token",
}
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
STOP_REASONS = frozenset(
    {
        "content_filtered",
        "end_turn",
        "guardrail_intervened",
        "malformed_model_output",
        "malformed_tool_use",
        "max_tokens",
        "model_context_window_exceeded",
        "stop_sequence",
        "tool_use",
    }
)
#: What a reply may be told to have; more than any model gives, and little enough for the memory.
MAX_TOKENS = 1_000_000
DIRECTIVE = re.compile(r"\[\[(?P<name>[A-Za-z-]+)(?:@(?P<after>\d{1,9})|=(?P<value>[^\[\]]*))?\]\]")
MILLISECONDS = re.compile(r"\d{1,9}(,\d{1,9})*")
TOKEN = re.compile(r"\S+\s*")

REPLY = (
    "This answer comes from the local stand-in for Amazon Bedrock, not from a model. You asked: {prompt} "
    "It arrives word by word, so that you see each token at the moment it is sent, as you would with a model."
)


@dataclass(frozen=True)
class Fault:
    """A failure; ``after`` is the number of tokens before it."""

    name: str
    after: int = 0


@dataclass(frozen=True)
class Reply:
    """The reply to one request.

    :param tokens: the texts of the deltas
    :param fault: how it fails. Default: - it does not
    :param pauses: milliseconds before each token; the last is repeated. Default: - as the stand-in paces
    :param first_pause: milliseconds before the first token. Default: - as the others
    """

    tokens: tuple[str, ...]
    stop_reason: str = "end_turn"
    fault: Fault | None = None
    pauses: tuple[int, ...] = ()
    first_pause: int | None = None

    def pause(self, index: int) -> int | None:
        """Return the milliseconds before a token, None where the stand-in decides."""
        if index == 0 and self.first_pause is not None:
            return self.first_pause
        return self.pauses[min(index, len(self.pauses) - 1)] if self.pauses else None


@dataclass(frozen=True)
class Prompt:
    """The prompt of a request.

    :param text: the last text of the last message
    :param words: how many words the messages and the system prompt have, which is what counts as tokens
    :param request: the whole request, as ConverseStream takes it
    """

    model_id: str
    text: str
    words: int
    max_tokens: int | None
    request: Mapping[str, object] = field(default_factory=dict)


#: Decides the reply to a prompt; a ValueError becomes a ValidationException with its message.
Script = Callable[[Prompt], Reply]


def default_script(prompt: Prompt) -> Reply:
    """Return a reply that repeats the prompt, or what the directives of the prompt ask for.

    >>> default_script(Prompt("m", "[[say=Hello there.]] [[cut@1]]", 2, None))
    Reply(tokens=('Hello ', 'there.'), stop_reason='end_turn', fault=Fault(name='cut', after=1), ...)

    :raises ValueError: when there is no such directive, or its value is not one
    """
    text, settings, fault = _directives(prompt.text)
    tokens = tuple(TOKEN.findall(settings.get("say", REPLY.format(prompt=text))))
    if "tokens" in settings:
        count = _milliseconds("tokens", settings)[0]
        if count > MAX_TOKENS:
            raise ValueError(f"[[tokens={count}]]: a reply has at most {MAX_TOKENS} tokens")
        tokens = (tokens * (count // max(len(tokens), 1) + 1))[:count]
    reply = Reply(
        tokens,
        settings.get("stop", "end_turn"),
        fault,
        _milliseconds("pace", settings),
        next(iter(_milliseconds("slow-first-token", settings)), None),
    )
    if reply.stop_reason not in STOP_REASONS:
        raise ValueError(
            f"[[stop={reply.stop_reason}]]: the stop reasons are {', '.join(sorted(STOP_REASONS))}"
        )
    if prompt.max_tokens is not None and prompt.max_tokens < len(tokens):
        return replace(reply, tokens=tokens[: prompt.max_tokens], stop_reason="max_tokens")
    return reply


def read_prompt(model_id: str, request: object) -> Prompt:
    """Return the prompt of a request of ConverseStream.

    :raises ValueError: when it is not such a request
    """
    if not isinstance(request, dict):
        raise ValueError("the body must be an object")
    messages = request.get("messages") or []
    if not isinstance(messages, list):
        raise ValueError("messages must be a list")
    texts = [
        text
        for message in messages
        for text in _texts(message.get("content") if isinstance(message, dict) else None)
    ]
    config = request.get("inferenceConfig")
    limit = config.get("maxTokens") if isinstance(config, dict) else None
    words = sum(len(text.split()) for text in [*_texts(request.get("system")), *texts])
    return Prompt(
        model_id, texts[-1] if texts else "", words, limit if isinstance(limit, int) else None, request
    )


def _texts(blocks: object) -> list[str]:
    blocks = blocks if isinstance(blocks, list) else []
    return [
        block["text"] for block in blocks if isinstance(block, dict) and isinstance(block.get("text"), str)
    ]


def _directives(text: str) -> tuple[str, dict[str, str], Fault | None]:
    """Return a text without its settings, the settings, and the fault."""
    settings: dict[str, str] = {}
    fault: Fault | None = None
    for found in DIRECTIVE.finditer(text):
        name, value = found["name"], found["value"]
        if value is not None and name in SETTINGS:
            settings[name] = value
            text = text.replace(found[0], "")
        elif value is None and name in {*HTTP_EXCEPTIONS, *STREAM_EXCEPTIONS, *BREAKS}:
            fault = Fault(name, int(found["after"] or 0))
        else:
            raise ValueError(f"the stand-in has no directive {found[0]}")
    return text.strip(), settings, fault


def _milliseconds(name: str, settings: Mapping[str, str]) -> tuple[int, ...]:
    value = settings.get(name)
    if value is None:
        return ()
    if not MILLISECONDS.fullmatch(value):
        raise ValueError(f"[[{name}={value}]]: expected a number, or for pace several with commas")
    return tuple(map(int, value.split(",")))
