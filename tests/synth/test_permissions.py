"""Permissions of API Gateway to invoke functions: one for each stream, or one for all of a function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import Stream, StreamingApi
from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.rule import Finding
from streaming_api_templates.template.assembly import read
from tests.synth.test_stream import warnings

CODE = lambda_.Code.from_inline("exports.handler = awslambda.streamifyResponse(async () => 1)")
ENV = cdk.Environment(account="111122223333", region="eu-west-1")


@pytest.fixture
def platform(app: cdk.App) -> cdk.Stack:
    """A stack with a name, an account and a Region, whose sizes are known."""
    return cdk.Stack(app, "Platform", env=ENV)


def function(stack: cdk.Stack, construct_id: str = "Handler") -> lambda_.Function:
    return lambda_.Function(
        stack,
        construct_id,
        code=CODE,
        handler="index.handler",
        runtime=lambda_.Runtime.NODEJS_24_X,
        timeout=Duration.minutes(15),
    )


def with_streams(stack: cdk.Stack, count: int, **given: Any) -> StreamingApi:  # noqa: ANN401 - any argument
    api = StreamingApi(stack, "Api", handler=function(stack), **given)
    for number in range(count):
        api.add_stream(f"r{number}")
    return api


def sources(stack: cdk.Stack) -> list[str]:
    """Return the ends of the SourceArn of all permissions, behind the id of the API."""
    found = Template.from_stack(stack).find_resources("AWS::Lambda::Permission").values()
    return sorted(_end(each["Properties"]["SourceArn"]) for each in found)


def _end(arn: Mapping[str, Any] | str) -> str:
    if isinstance(arn, str):
        return arn.partition("/")[2]
    parts = arn["Fn::Join"][1]
    start = next(index for index, part in enumerate(parts) if isinstance(part, str) and part[0] == "/")
    return "".join(part if isinstance(part, str) else "STAGE" for part in parts[start:])


def notes(stack: cdk.Stack) -> list[str]:
    return [str(each.entry.data) for each in Annotations.from_stack(stack).find_info("*", Match.any_value())]


def found(app: cdk.App) -> list[Finding]:
    return find(read(Path(app.synth().directory)))


def test_permissions_of_twenty_streams_are_one_each(platform: cdk.Stack) -> None:
    with_streams(platform, 20)
    assert sources(platform) == sorted(f"/STAGE/POST/r{number}" for number in range(20))
    assert notes(platform) == []


@pytest.mark.parametrize("count", [21, 60])
def test_permissions_of_more_than_twenty_streams_are_one_for_the_stage(
    app: cdk.App, platform: cdk.Stack, count: int
) -> None:
    with_streams(platform, count)
    assert found(app) == []
    assert sources(platform) == ["/STAGE/*/*"]
    (note,) = notes(platform)
    assert "has more than 20 streams of this API: one permission for the whole stage replaces" in note
    assert "CloudFormation adds it before it deletes them" in note


def test_permissions_are_counted_by_function_and_api(platform: cdk.Stack) -> None:
    other = function(platform, "Other")
    api = with_streams(platform, 20)
    api.add_stream("other", handler=other)
    second = StreamingApi(platform, "Second", handler=api.handler)
    for number in range(20):
        second.add_stream(f"s{number}")
    api.add_stream("alias", handler=other.add_alias("live"))
    assert len(api.streams) == 22
    api.add_stream("r20")
    assert sources(platform) == sorted(
        ["/STAGE/*/*", "/STAGE/POST/other", "/STAGE/POST/alias", *(f"/STAGE/POST/s{it}" for it in range(20))]
    )


def test_permissions_scoped_to_methods_are_kept(app: cdk.App, platform: cdk.Stack) -> None:
    with_streams(platform, 40, scope_permissions_to_methods=True)
    assert len(sources(platform)) == 40
    assert found(app) == []


def test_permissions_scoped_to_methods_above_the_limit_are_refused(app: cdk.App, platform: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match=r"would have (\d+) permissions of at least 20,\d{3} bytes"
    ) as refused:
        with_streams(platform, 60, scope_permissions_to_methods=True)
    assert "and its policy holds 20,480" in str(refused.value)
    count = int(str(refused.value).partition("would have ")[2].split()[0])
    # the rule reads the same size from the finished template, which has the stream that was refused
    (finding,) = found(app)
    assert finding.rule.id == "STREAM035"
    size = str(refused.value).partition("at least ")[2].split()[0]
    assert f"the {count} permissions of Handler886CB40B make a policy of at least {size} bytes" in (
        finding.message
    )


def test_permissions_not_scoped_to_methods_are_one_from_the_first(app: cdk.App, platform: cdk.Stack) -> None:
    with_streams(platform, 2, scope_permissions_to_methods=False)
    assert sources(platform) == ["/STAGE/*/*"]
    assert notes(platform) == []
    assert found(app) == []


def test_permissions_of_streams_on_own_api_are_counted_too(platform: cdk.Stack) -> None:
    api = apigateway.RestApi(platform, "Mine", cloud_watch_role=False)
    handler = function(platform)
    for number in range(21):
        Stream(platform, f"S{number}", resource=api.root.add_resource(f"r{number}"), handler=handler)
    Stream(
        platform,
        "Own",
        resource=api.root.add_resource("own"),
        handler=handler,
        scope_permission_to_method=True,
    )
    assert sources(platform) == ["/STAGE/*/*", "/STAGE/POST/own"]


def test_permissions_of_functions_of_others_are_theirs(platform: cdk.Stack) -> None:
    theirs = lambda_.Function.from_function_arn(
        platform, "Theirs", "arn:aws:lambda:eu-west-1:999988887777:function:theirs"
    )
    api = StreamingApi(platform, "Api", handler=theirs)
    for number in range(21):
        api.add_stream(f"r{number}")
    assert sources(platform) == []
    assert all("addPermission() has no effect" in each for each in warnings(platform))


def test_permissions_of_an_api_without_a_stage_are_for_every_stage(platform: cdk.Stack) -> None:
    api = apigateway.RestApi(platform, "Mine", cloud_watch_role=False, deploy=False)
    Stream(
        platform,
        "S",
        resource=api.root,
        handler=function(platform),
        scope_permission_to_method=False,
    )
    assert sources(platform) == ["/*/*/*"]


def test_permissions_are_the_same_in_any_order(context: dict[str, object], tmp_path: Path) -> None:
    written: list[object] = []
    for order in (range(22), reversed(range(22))):
        app = cdk.App(context=context, outdir=str(tmp_path / f"{len(written)}"))
        stack = cdk.Stack(app, "Platform", env=ENV)
        api = StreamingApi(stack, "Api", handler=function(stack))
        for number in order:
            api.add_stream(f"r{number}")
        written.append(Template.from_stack(stack).find_resources("AWS::Lambda::Permission"))
    assert json.dumps(written[0]) == json.dumps(written[1])
