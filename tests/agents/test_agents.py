"""The agents of examples/agents in AWS's runtime loop, with a model that says one token at a time."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streaming_api_tools.testing import Bedrock
from tests.agents.environments import AGENTS, EXAMPLE, bundled
from tests.runtime.function import Function
from tests.support.runtime_api import Invocation

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Pydantic AI needs Python 3.11"),
]
MODEL = "us.amazon.nova-2-lite-v1:0"
#: folder -> what tells of a tool's call, of its result, and of the end
EVENTS = {
    "strands": (b"event: tool-call\n", b"event: tool-result\n", b"event: done\n"),
    "pydantic_ai": (b"event: tool-call\n", b"event: tool-result\n", b"event: done\n"),
    "ag_ui": (b'"type":"TOOL_CALL_END"', b'"type":"TOOL_CALL_RESULT"', b'"type":"RUN_FINISHED"'),
}
#: the pieces in which the stand-in sends the input of the tool
PIECES = 2


@contextmanager
def running(name: str, bedrock: Bedrock) -> Iterator[Function]:
    """Run an agent from its bundle alone, as Lambda does from ``/var/task``."""
    environment = {
        "MODEL_ID": MODEL,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    folder = bundled(name)
    with Function(
        "app.handler", package="", folder=folder, paths=[folder], environment=environment
    ) as function:
        function.api.wait_for_poll()  # the imports take seconds
        yield function


def asked(name: str, function: Function) -> Invocation:
    """Ask an agent for the weather."""
    body: dict[str, object] = {"prompt": "How is the weather in Oslo?"}
    if name == "ag_ui":
        message = {"id": "1", "role": "user", "content": body.pop("prompt")}
        empty: dict[str, object] = {"state": {}, "tools": [], "context": [], "forwardedProps": {}}
        body = {"threadId": "t", "runId": "r", "messages": [message], **empty}
    return function.api.invoke({"body": json.dumps(body)})


def until(invocation: Invocation, text: bytes) -> bytes:
    """Read chunks up to one that has a text."""
    seen = b""
    while text not in seen:
        chunk = invocation.next_chunk()
        assert chunk is not None, seen
        seen += chunk
    return seen


@pytest.mark.parametrize("name", AGENTS)
def test_agent_streams_tokens_and_tool_events_while_the_model_waits(name: str, bedrock: Bedrock) -> None:
    call, result, end = EVENTS[name]
    with running(name, bedrock) as function:
        bedrock.call("weather", city="Oslo")
        bedrock.reply("It ", "rains.")
        bedrock.hold()
        invocation = asked(name, function)
        bedrock.release(PIECES)
        # the model has been asked again, and says nothing yet
        seen = until(invocation, result)
        assert seen.index(call) < seen.index(result)
        assert b"It rains in Oslo." in seen
        bedrock.release()
        seen = until(invocation, b'"It "')
        assert b"rains." not in seen
        bedrock.release()
        seen = until(invocation, b'"rains."')
        assert invocation.wait().complete
        assert end in invocation.answer.payload
    asked_with = bedrock.prompts[1].request["messages"]
    assert json.dumps(asked_with).count("It rains in Oslo.") == 1


@pytest.mark.parametrize("name", AGENTS)
def test_agent_that_breaks_does_not_look_whole(name: str, bedrock: Bedrock) -> None:
    with running(name, bedrock) as function:
        bedrock.fail("modelStreamErrorException", after=("It ",))
        payload = asked(name, function).wait().payload
    assert b'"It "' in payload
    assert EVENTS[name][2] not in payload
    assert re.search(rb"event: error\n|RUN_ERROR", payload)
    for secret in (b"arn:", b"Traceback", bedrock.endpoint_url.encode()):
        assert secret not in payload


@pytest.mark.parametrize("name", AGENTS)
def test_agent_that_is_asked_nothing_is_a_400(name: str, bedrock: Bedrock) -> None:
    with running(name, bedrock) as function:
        assert function.api.invoke({"body": None}).wait().prelude["statusCode"] == 400
    assert not bedrock.prompts


@pytest.mark.parametrize("name", AGENTS)
def test_agent_example_is_shorter_than_40_lines(name: str) -> None:
    assert len((EXAMPLE / name / "app.py").read_text("utf-8").splitlines()) < 40
