"""Script the stand-in for Bedrock: the directives of a prompt, and three questions about a request."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from streaming_api_tools.local.services.bedrock.directives import default_script
from streaming_api_tools.local.services.bedrock.prompt import Prompt
from streaming_api_tools.local.services.bedrock.script import Fault, Reply, ReplyEvent, ReplyText

#: A prompt with it is throttled in the first content of its first stream, which the function does not retry.
ONCE = "Throttle me once"
SEE, THINK = "What do you see?", "What did you think?"
#: A prompt with it has these citations in the answer.
CITE = "Cite your sources"
CITATIONS = [
    {"title": "A page", "location": {"web": {"url": "https://example.com/a", "domain": "example.com"}}},
    {"title": "A file", "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}},
]
THROTTLED = Fault("throttlingException", 0)


class Script:
    """A script that remembers; ``asked`` counts the requests of each prompt."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, prompt: Prompt) -> Reply:
        """Return the reply."""
        with self._lock:
            self.asked[prompt.text] += 1
            first = self.asked[prompt.text] == 1
        reply = default_script(prompt)
        if ONCE in prompt.text and first:
            return replace(reply, fault=THROTTLED)
        if _prefilled(prompt.request):
            return Reply(('{"name": "Bonn", ', '"population": 3}'))
        if CITE in prompt.text:
            deltas = [{"contentBlockIndex": 0, "delta": {"citation": each}} for each in CITATIONS]
            events = [ReplyEvent("contentBlockDelta", each) for each in deltas]
            return Reply((), blocks=(*events, ReplyText(("It is so.",))))
        # a client may say where the file is after the question
        if any(SEE in str(block.get("text")) for block in _blocks(prompt.request)):
            return Reply((", ".join(_media(prompt.request)),))
        if THINK in prompt.text:
            return Reply((", ".join(_thoughts(prompt.request)),))
        return reply


def _prefilled(request: Mapping[str, object]) -> bool:
    """Whether a client has begun the answer itself; that asks for an object."""
    messages = request["messages"]
    return isinstance(messages, list) and messages[-1]["role"] == "assistant"


def _media(request: Mapping[str, object]) -> Iterator[str]:
    """Yield what images and documents a request has, as ``png`` and ``pdf``."""
    for block in _blocks(request):
        for kind in ("image", "document"):
            if isinstance(block.get(kind), dict):
                yield f"{block[kind]['format']} of {_size(block[kind]['source'])} bytes"


def _size(source: Mapping[str, str]) -> int:
    data = source["bytes"]
    return len(data) * 3 // 4 - data.count("=")


def _thoughts(request: Mapping[str, object]) -> Iterator[str]:
    """Yield the reasoning of a request, each with its signature."""
    for block in _blocks(request):
        reasoning = block.get("reasoningContent", {}).get("reasoningText")
        if reasoning:
            yield f"{reasoning['text']} ({reasoning.get('signature')})"


def _blocks(request: Mapping[str, object]) -> Iterator[dict[str, dict[str, dict[str, str]]]]:
    messages = request["messages"]
    assert isinstance(messages, list)
    for message in messages:
        yield from message["content"]
