"""Count how often a stream asks Node for something: each time is a message there and back."""

from __future__ import annotations

import math
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from jsii._kernel.providers.process import _NodeProcess

from cdk_streaming_api import StreamingApi, StreamingFunction
from cdk_streaming_api._common.construct_path import path_of
from cdk_streaming_api._common.tokens import is_number_token
from tests.synth.conftest import new_app

#: the same resources take 5 without this project; from the 21st stream on the CDK's permission is removed
MOST_PER_STREAM = {"own permissions": 9, "one permission": 10}
Count = Callable[[int], int]


@pytest.fixture
def count(
    context: dict[str, object], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Count:
    """The messages to Node of an app with so many streams, each with limits of its own."""
    asked = 0
    send = _NodeProcess.send

    def counting(process: _NodeProcess, *arguments: object) -> object:
        nonlocal asked
        asked += 1
        return send(process, *arguments)  # type: ignore[arg-type]

    def of(streams: int) -> int:
        nonlocal asked
        before, folder = asked, tmp_path_factory.mktemp("round_trips")
        _synth(new_app(context, folder), streams)
        return asked - before

    monkeypatch.setattr(_NodeProcess, "send", counting)
    return of


def _synth(app: cdk.App, streams: int) -> None:
    stack = cdk.Stack(app, "Test")
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    api = StreamingApi(
        stack, "Api", handler=StreamingFunction(stack, "Function", code=code, handler="index.handler")
    )
    for number in range(streams):
        api.add_stream(f"route{number}", throttling_rate_limit=5.5, throttling_burst_limit=10)
    app.synth()


@pytest.mark.parametrize(("permissions", "fewer"), [("own permissions", 5), ("one permission", 25)])
def test_round_trips_of_a_stream_are_few(count: Count, permissions: str, fewer: int) -> None:
    few, many = count(fewer), count(fewer + 10)  # the first also asks for what all apps have
    assert (many - few) / 10 <= MOST_PER_STREAM[permissions]


def test_round_trips_grow_with_the_streams_and_not_faster(count: Count) -> None:
    ten, twenty, forty = count(30), count(40), count(60)
    assert forty - twenty == 2 * (twenty - ten)


@pytest.mark.parametrize("construct_id", ["Chat", "GET reports/{id}", "a//b/", "/", "a--b", "é /ü", "a\nb"])
def test_path_is_told_as_the_cdk_tells_it(construct_id: str) -> None:
    app = cdk.App()
    for scope in (app, cdk.Stack(app, "Stack"), Construct(app, "of/two")):
        construct = Construct(scope, construct_id)
        assert path_of(construct, scope, construct_id) == construct.node.path


def test_number_token_is_told_as_the_cdk_tells_it() -> None:
    tokens = [cdk.Token.as_number({"Ref": "A"}), cdk.Token.as_number({"Ref": "B"})]
    known = [0, 1, -1, 5.5, 0.0, -1.5, 1e308, -1e308, -1.8e289, math.inf, -math.inf, math.nan]
    assert all(map(is_number_token, tokens))
    assert all(map(cdk.Token.is_unresolved, tokens))
    assert not any(map(is_number_token, known))
