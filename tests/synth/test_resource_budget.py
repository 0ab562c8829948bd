"""The resources that a route costs, of the 500 of a template: the table of docs/limits-and-cost.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import StreamingApi
from cdk_streaming_api._apigateway.permissions import MOST_PERMISSIONS
from tests.synth.conftest import new_app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits-and-cost.md"
SCHEMA = apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT)


def routes(api: StreamingApi, count: int) -> None:
    for number in range(count):
        api.add_stream(f"r{number}")


#: row of the table -> arguments of the API, what it has before, and what is counted
ROWS: Mapping[
    str, tuple[Mapping[str, object], Callable[[StreamingApi], None], Callable[[StreamingApi], object]]
] = {
    "`add_stream` with a path of one segment": ({}, lambda a: routes(a, 1), lambda a: a.add_stream("x")),
    "the same, for a function with 21 streams or more in the API": (
        {},
        lambda a: routes(a, MOST_PERMISSIONS + 1),
        lambda a: a.add_stream("x"),
    ),
    "each further segment of the path that is new": (
        {"scope_permissions_to_methods": False},
        lambda a: routes(a, 1),
        lambda a: a.add_stream("r0/a/b"),
    ),
    "another method on a path": (
        {},
        lambda a: routes(a, 1),
        lambda a: a.add_stream("r0", http_method="GET"),
    ),
    "`add_http_stream` with a path of one segment": (
        {},
        lambda a: routes(a, 1),
        lambda a: a.add_http_stream("x", url="https://example.com"),
    ),
    "`allow_origins`, for each path": (
        {"allow_origins": ["*"]},
        lambda a: routes(a, 1),
        lambda a: a.add_stream("x"),
    ),
    "`request_schema`": ({}, lambda a: routes(a, 1), lambda a: a.add_stream("x", request_schema=SCHEMA)),
    "limits of a route": ({}, lambda a: routes(a, 1), lambda a: a.add_stream("x", throttling_rate_limit=1)),
}
#: rows that say what comes on top, and of what
ON_TOP = {
    "each further segment of the path that is new": ["another method on a path", 1],
    "`allow_origins`, for each path": ["`add_stream` with a path of one segment", 1],
    "`request_schema`": ["`add_stream` with a path of one segment", 1],
    "limits of a route": ["`add_stream` with a path of one segment", 1],
}


def told() -> dict[str, int]:
    """Return the table of the page."""
    text = PAGE.read_text("utf-8").partition("| a route with | resources |")[2].partition("\n\n")[0]
    return {
        row[0].strip(): int(row[1]) for row in re.findall(r"^\| (.+?) \| \+?(\d+) \|", text, re.MULTILINE)
    }


@pytest.fixture
def resources(context: dict[str, object], tmp_path: Path) -> Callable[..., int]:
    """Return a function that counts the resources of an API with some routes."""

    def count(given: Mapping[str, object], *steps: Callable[[StreamingApi], object]) -> int:
        app = new_app(context, tmp_path / str(len(list(tmp_path.iterdir()))))
        stack = cdk.Stack(app, "Test")
        handler = lambda_.Function.from_function_attributes(
            stack,
            "F",
            function_arn=stack.format_arn(service="lambda", resource="function"),
            same_environment=True,
        )
        api = StreamingApi(stack, "Api", handler=handler, **given)  # type: ignore[arg-type]
        for step in steps:
            step(api)
        return len(Template.from_stack(stack).to_json()["Resources"])

    return count


def test_resource_budget_of_a_route_is_what_the_docs_print(resources: Callable[..., int]) -> None:
    found = {}
    for row, (given, before, counted) in ROWS.items():
        found[row] = resources(given, before, counted) - resources(given, before)
    for row, (base, _) in ON_TOP.items():
        found[row] -= found[str(base)]
    assert told() == found


def test_resource_budget_of_an_api_is_what_the_docs_print(resources: Callable[..., int]) -> None:
    own = resources({}, lambda a: a.add_http_stream("x", url="https://example.com")) - 2
    assert f"An API has {own} resources beside its routes and its functions" in PAGE.read_text("utf-8")
