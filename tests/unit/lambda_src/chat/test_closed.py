"""The end of a model's stream when a format finds its output unusable: not one moment after the response."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import METADATA, START, TEXT, TOOLS, delta, end
from tests.unit.lambda_src.chat.test_interrupted import CONVERSE, MESSAGES, PARTS

#: What no client has a word for, before and after its first text, and a tool's input that is no JSON.
AT_ONCE = [START, end("malformed_model_output"), METADATA]
LATER = [*TEXT[:2], end("malformed_tool_use"), METADATA]
NO_JSON = [*TOOLS[:7], delta(2, toolUse={"input": "{no"}), *TOOLS[9:]]
BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/chat", {"prompt": "Hi"}),
    ("/model/model-1/converse", CONVERSE),
    ("/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    ("/v1/messages", {"messages": MESSAGES, "max_tokens": 9}),
    ("/v1/messages", {"messages": MESSAGES, "max_tokens": 9, "stream": True}),
    ("/v1/responses", {"input": "Hi", "stream": True}),
    ("/ui/chat", PARTS),
]


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Leave alone what only the collector of garbage would end."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("events", [AT_ONCE, LATER, NO_JSON], ids=["at once", "later", "no JSON"])
@pytest.mark.parametrize(("path", "body"), BODIES)
def test_chat_stream_of_a_model_ends_with_the_response(
    path: str, body: dict[str, Any], events: list[Any]
) -> None:
    ended = False

    def answer() -> Iterator[Any]:
        nonlocal ended
        try:
            yield from events
        finally:
            ended = True

    raised: list[HTTPError] = []
    try:
        handle({"path": path, "body": json.dumps(body)}, answer())
    except HTTPError as error:
        raised.append(error)  # with all that its traceback holds
    assert ended
