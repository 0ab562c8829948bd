"""The check of the formats, on the chat function behind the gateway and on answers that are not whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.context import ApiReply, CheckContext
from streaming_api_tools.checks.formats import FORMATS, NotWhole
from streaming_api_tools.checks.model import REQUESTS, formats
from streaming_api_tools.client.moments import Ending, Request
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.resolve import DeployedStack
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from tests.support.bedrock.shipped import standin
from tests.support.gateway import Serving
from tests.support.templates import ROOT, application, integration, template

MODEL = "us.amazon.nova-2-lite-v1:0"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckContext]:
    """Serve the chat function with every route."""
    chat = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(ROOT / "lambda_src"),
            "Handler": "chat.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "MemorySize": 512,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {"Variables": {"BEDROCK_MODEL_ID": MODEL}},
        },
    }
    content = template({"ANY /{proxy+}": {"integration": integration("Chat", {})}}, Chat=chat)
    with standin() as model:
        environment = {**KEYS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model}
        served = application(content, tmp_path_factory.mktemp("formats"))
        with Serving(served, environment=environment) as gateway:
            stack = DeployedStack("Chat", {"ChatUrl": f"{gateway.url}/prod/chat"})
            target = ApiTarget(f"{gateway.url}/prod/probe")
            yield CheckContext(Subject(target, stack=stack), CadenceLimits(), Account("us-east-1"))


@pytest.fixture(scope="module")
def answers(context: CheckContext) -> Mapping[str, ApiReply]:
    """What the function answers in each format."""
    stage = context.output("ChatUrl").removesuffix("chat")
    found = {}
    for name, each in FORMATS.items():
        path = each.path.format(chat="chat", model=quote(MODEL, safe=""))
        body = json.dumps(each.body_for(MODEL)).encode()
        found[name] = context.ask(Request(stage + path, body, {"Content-Type": "application/json"}))
    return found


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def test_smoke_check_formats_chat_function_is_complete_in_every_format(context: CheckContext) -> None:
    case = formats(context)
    assert case.outcome == "passed", case.message
    assert case.message.count(" piece") == len(FORMATS) - 1 == REQUESTS - 1
    assert "no route" not in case.message


@pytest.mark.parametrize("name", FORMATS)
def test_smoke_formats_response_of_another_media_type_is_refused(
    answers: Mapping[str, ApiReply], name: str
) -> None:
    page = ApiReply(200, {"content-type": "text/html"}, b"<html>", Ending.CLOSED)
    with pytest.raises(NotWhole):
        FORMATS[name].read(page)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "text"])
def test_smoke_formats_response_without_its_end_is_refused(
    answers: Mapping[str, ApiReply], name: str
) -> None:
    """The last events are what tells an answer that is whole; plain text has none."""
    whole = answers[name]
    FORMATS[name].read(whole)
    separator = b"\n" if name == "ndjson" else b"\n\n"
    parts = [part + separator for part in whole.raw.split(separator)[:-1]]
    for cut in (whole.raw[:-3], b"".join(parts[:-1]), b"".join(parts[:-2])):
        with pytest.raises(NotWhole):
            FORMATS[name].read(replace(whole, raw=cut))


@pytest.mark.parametrize(
    ("name", "member", "other"),
    [
        ("sse", b'"usage":', b'"x":'),
        ("ndjson", b'"stopReason":', b'"x":'),
        ("openai", b'"finish_reason":"', b'"x":"'),
        ("openai", b'"usage":', b'"x":'),
        ("responses", b"event: response.completed", b"event: response.failed"),
        ("responses", b'"usage":{', b'"x":{'),
        ("responses", b'"sequence_number":1,', b'"sequence_number":2,'),
        ("anthropic", b'"stop_reason":"', b'"x":"'),
        ("ai-sdk", b'"type":"finish"', b'"type":"data"'),
    ],
)
def test_smoke_formats_response_without_its_final_member_is_refused(
    answers: Mapping[str, ApiReply], name: str, member: bytes, other: bytes
) -> None:
    raw = answers[name].raw.replace(b'": ', b'":')
    assert member in raw
    with pytest.raises(NotWhole):
        FORMATS[name].read(replace(answers[name], raw=raw.replace(member, other)))
