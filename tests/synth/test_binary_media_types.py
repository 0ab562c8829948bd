"""Bodies that a function gets as they are, and the preflights beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import StreamingApi, StreamingFunction

ROOT = Path(__file__).resolve().parents[2]


def api(stack: cdk.Stack, **options: Any) -> StreamingApi:  # noqa: ANN401 - those of the construct
    """Return an API with a function of its own."""
    function = StreamingFunction(
        stack, "Function", code=lambda_.Code.from_inline("pass"), handler="index.handler"
    )
    return StreamingApi(stack, "Api", handler=function, **options)


def test_binary_media_types_of_the_default_are_none(stack: cdk.Stack) -> None:
    api(stack, allow_origins=["*"]).add_stream("a")
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::ApiGateway::RestApi", {"BinaryMediaTypes": Match.absent()})
    template.resource_properties_count_is(
        "AWS::ApiGateway::Method", {"Integration": {"ContentHandling": Match.any_value()}}, 0
    )


@pytest.mark.parametrize("media_types", [["*/*"], ["multipart/form-data", "application/octet-stream"]])
def test_binary_media_types_are_of_the_api_and_its_mocks_take_text(
    stack: cdk.Stack, media_types: list[str]
) -> None:
    own = api(stack, allow_origins=["*"], binary_media_types=media_types)
    own.add_stream("a")
    own.add_stream("b")
    own.add_probe()
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::ApiGateway::RestApi", {"BinaryMediaTypes": media_types})
    mocks = template.find_resources(
        "AWS::ApiGateway::Method", {"Properties": {"Integration": {"Type": "MOCK"}}}
    )
    found = [each["Properties"]["Integration"]["ContentHandling"] for each in mocks.values()]
    assert found == ["CONVERT_TO_TEXT"] * 3


@pytest.mark.parametrize("media_type", ["multipart", "text/plain; charset=utf-8", "", "a/b/c", "*"])
def test_binary_media_types_that_are_none_are_refused(stack: cdk.Stack, media_type: str) -> None:
    words = f"such as 'multipart/form-data', got '{media_type}'"
    with pytest.raises(ValueError, match=re.escape(words)):
        api(stack, binary_media_types=[media_type])


def test_binary_media_types_that_are_one_text_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match="must be a list"):
        api(stack, binary_media_types="*/*")


def test_binary_media_types_example_of_the_page_about_servers_has_them() -> None:
    page = (ROOT / "docs" / "servers.md").read_text("utf-8")
    (code,) = [
        each
        for each in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        if "aws_cdk" in each
    ]
    names: dict[str, cdk.Stack] = {}
    exec(compile(code, "example", "exec"), names)
    Template.from_stack(names["stack"]).has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"BinaryMediaTypes": ["multipart/form-data", "application/octet-stream"]},
    )
