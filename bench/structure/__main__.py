"""Count how often a request passes from one module to another, and print a table.

A reader who follows a request opens that many files. A change is a call from a function of one module of the
project to a function of another, counted with ``sys.setprofile``; libraries between them do not count.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING

from bench.runtime.install import ROOT
from streaming_api_tools.testing.response import StreamedResponse

if TYPE_CHECKING:
    from chat.converse.model_call import Exchange

OUT = ROOT / "bench" / "out" / "structure.json"
PROJECT = {"authorizer", "cdk_streaming_api", "chat", "lambda_streaming", "probe"} | {
    "lambda_streaming_aws",
    "streaming_api_templates",
    "streaming_api_tools",
}
#: runs the gateway here, and is no part of it
HARNESS = "streaming_api_tools.testing"
#: row -> (changes at most, changes before the modules moved into folders, if there were any)
TARGETS: dict[str, tuple[int, int | None]] = {
    "check of one template": (90, 158),
    "POST /chat": (90, 120),
    "record of its usage": (35, None),
    "request through the gateway": (85, 97),
}
REQUESTS, SETTLED = 9, 0.2
METHOD = {
    "RestApiId": "api",
    "ResourceId": "resource",
    "HttpMethod": "GET",
    "AuthorizationType": "NONE",
    "Integration": {"Type": "MOCK", "ResponseTransferMode": "STREAM"},
}
TEMPLATE = {"Resources": {"Method": {"Type": "AWS::ApiGateway::Method", "Properties": METHOD}}}
EVENT = {
    "httpMethod": "POST",
    "path": "/chat",
    "resource": "/chat",
    "headers": {"content-type": "application/json"},
    "multiValueHeaders": {"content-type": ["application/json"]},
    "requestContext": {"requestId": "bench"},
    "body": '{"prompt": "Hi"}',
    "isBase64Encoded": False,
}
#: one answer of ConverseStream, as short as it can be
EVENTS = (
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}},
)
HANDLER = """
import sys
sys.path.insert(0, {layer!r})
from lambda_streaming import stream

@stream
def handler(event, context):
    yield "Hi"
"""


class Changes:
    """Counts calls from one module of the project to another while it is entered.

    :param here: whether the thread that enters it counts too. Default: True
    """

    def __init__(self, here: bool = True) -> None:
        self.count = 0
        self._here = here
        self._counting = False

    def __enter__(self) -> Changes:
        self.count = 0
        self._counting = True
        if self._here:
            sys.setprofile(self.profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        self._counting = False

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        """Take one event of the interpreter."""
        if self._counting and event == "call" and (called := _module(frame)):
            before: FrameType | None = frame.f_back
            while before and not _module(before):
                before = before.f_back
            self.count += bool(before and _module(before) != called)


def check() -> int:
    """Check a template with one method."""
    from streaming_api_templates.check import main

    with TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "template.json"
        path.write_text(json.dumps(TEMPLATE), "utf-8")
        with Changes() as changes:
            main([str(path)])
    return changes.count


def chat() -> tuple[int, int]:
    """Answer a prompt with the bundled function, and write the record of it."""
    sys.path[:0] = [str(ROOT / "lambda_src"), str(ROOT / "lambda_src" / "layer" / "python")]
    from unittest import mock

    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with mock.patch.dict(
        "os.environ", {"BEDROCK_MODEL_ID": "model", "AWS_REGION": "us-east-1", **credentials}
    ):
        from chat import handler

    record = handler._record
    answered, recorded = Changes(), Changes()

    def measured(exchange: Exchange, error: BaseException | None) -> None:
        answered.__exit__()
        with recorded, contextlib.redirect_stdout(io.StringIO()):
            record(exchange, error)

    with mock.patch.object(handler, "BEDROCK", _Bedrock()), mock.patch.object(handler, "_record", measured):
        handler.handler(EVENT, None)  # modules that load on use are loaded now
        with answered:
            response = handler.handler(EVENT, None)
    assert response.status == 200
    return answered.count, recorded.count


def gateway() -> int:
    """Send a request through the local gateway to a function that streams."""
    from streaming_api_tools.testing.local import Local

    changes = Changes(here=False)  # the client is no part of it
    threading.setprofile(changes.profile)
    counts = []
    with TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()), ExitStack() as running:
        layer = str(ROOT / "lambda_src" / "layer" / "python")
        (Path(folder) / "index.py").write_text(HANDLER.format(layer=layer), "utf-8")
        path = Path(folder) / "template.json"
        path.write_text(json.dumps(_streaming_template(folder)), "utf-8")
        local = Local(Path(folder) / "cache")
        running.callback(local.close)
        api = local.gateways(path)
        _expect(api.get("/"))  # the execution environment starts
        # the log lines and the timers of a request come when they come, so many requests are counted
        for _ in range(REQUESTS):
            with changes:
                _expect(api.get("/"))
                time.sleep(SETTLED)
            counts.append(changes.count)
    threading.setprofile(None)
    return round(median(counts))


def main() -> int:
    """Print the table and write it to ``bench/out/structure.json``; return 0 whatever the figures."""
    counts = dict(zip(TARGETS, (check(), *chat(), gateway()), strict=True))
    rows: list[dict[str, object]] = []
    for name, value in counts.items():
        target, before = TARGETS[name]
        rows.append(
            {"name": name, "value": value, "target": target, "met": value <= target, "before": before}
        )
    print(f"{'module changes':30} {'now':>6} {'target':>8} {'before':>8}")
    for row in rows:
        print(f"{row['name']:30} {row['value']:>6} {'<= ' + str(row['target']):>8} {row['before'] or '-':>8}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"targets": rows}, indent=1) + "\n", "utf-8")
    return 0


class _Bedrock:
    def converse_stream(self, **_: object) -> dict[str, object]:
        return {"stream": self._events(), "ResponseMetadata": {"HTTPHeaders": {}}}

    def _events(self) -> Iterator[Mapping[str, object]]:
        yield from EVENTS


def _module(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name if name.partition(".")[0] in PROJECT and not name.startswith(HARNESS) else ""


def _expect(response: StreamedResponse) -> None:
    with response:
        body = response.read()
    assert body == b"data: Hi\n\n", body


def _streaming_template(code: str) -> dict[str, object]:
    arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${Function.Arn}"
    integration = {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": "STREAM",
        "Uri": {"Fn::Sub": f"{arn}/response-streaming-invocations"},
    }
    function = {"Code": code, "Handler": "index.handler", "Runtime": "python3.13", "Role": "role"}
    method = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": integration,
    }
    api = {"RestApiId": {"Ref": "Api"}}
    stage = {**api, "DeploymentId": {"Ref": "Deployment"}, "StageName": "prod"}
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Method": {"Type": "AWS::ApiGateway::Method", "Properties": method},
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {"RestApiId": {"Ref": "Api"}},
            },
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        }
    }


if __name__ == "__main__":
    sys.exit(main())
