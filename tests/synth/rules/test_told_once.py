"""What our constructs warn of and StreamingRules finds as well: said once, acknowledged once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from constructs import IConstruct

from cdk_streaming_api import Stream, StreamingApi, StreamingRules
from cdk_streaming_api.check import main
from tests.synth.rules.test_plugin import function

BOTH = ["STREAM008", "STREAM016", "STREAM023"]
AROUND: dict[str, Callable[[Stream], IConstruct]] = {
    "stream": lambda stream: stream,
    "api": lambda stream: stream.node.scope or stream,
    "stack": cdk.Stack.of,
}


@pytest.fixture(params=[True, False], ids=["with the plugin", "without it"])
def stream(app: cdk.App, request: pytest.FixtureRequest) -> Stream:
    """A stream that breaks three rules of which its constructs warn."""
    if request.param:
        cdk.Validations.of(app).add_plugins(StreamingRules())
    stack = cdk.Stack(app, "Stack")
    api = StreamingApi(
        stack,
        "Api",
        handler=function(stack),
        endpoint_type=apigateway.EndpointType.EDGE,
        authorization_type=apigateway.AuthorizationType.NONE,
    )
    return api.add_stream("chat", timeout=Duration.minutes(5))


def said(app: cdk.App) -> list[str]:
    """Return the rule of everything that a synthesis says."""
    app.synth()
    file = Path(app.outdir) / "validation-report.json"
    plugins = json.loads(file.read_text("utf-8"))["pluginReports"] if file.is_file() else []
    names = [violation["ruleName"] for plugin in plugins for violation in plugin["violations"]]
    return sorted(name.removeprefix("StreamingRules::") for name in names)


def test_warnings_of_constructs_and_rules_are_reported_once(app: cdk.App, stream: Stream) -> None:
    assert said(app) == BOTH


@pytest.mark.parametrize("where", AROUND)
def test_warnings_of_constructs_and_rules_need_one_acknowledgment(
    app: cdk.App, stream: Stream, where: str
) -> None:
    for rule in ("STREAM008", "STREAM023"):
        cdk.Validations.of(AROUND[where](stream)).acknowledge(
            cdk.Acknowledgment(id=f"StreamingRules::{rule}", reason="a test")
        )
    assert said(app) == ["STREAM016"]


def test_check_command_reports_construct_warnings_until_acknowledged(
    app: cdk.App, stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    cdk.Validations.of(stream).acknowledge(
        cdk.Acknowledgment(id="StreamingRules::STREAM008", reason="a test")
    )
    assert main([app.synth().directory, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert sorted(each["rule"] for each in found) == ["STREAM016", "STREAM023"]
