"""The metrics of the records of usage, by the schema that AWS has for the embedded metric format.

Powertools for AWS Lambda 1.9.1 has the schema of "Specification: Embedded metric format", Amazon CloudWatch
User Guide, as a file; later versions check metrics in other ways.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from chat.budget.report import DECISIONS, record
from chat.usage.counts import Usage
from chat.usage.record import METRICS, Call, line_of, record_of, with_metrics
from lambda_streaming_store.owner import Caller

from tests.support.packages import package

COUNTS = {"input_tokens": 3, "output_tokens": 2, "cache_read_tokens": 4, "cache_write_tokens": 1}
FAILED = {"error": "throttled", "first_at": None, "last_at": None, "cost": None}
#: "MetricDatum", Amazon CloudWatch API Reference.
UNITS = {"Count", "Milliseconds", "Count/Second", "None"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return AWS's schema."""
    path = package("emf") / "aws_lambda_powertools" / "metrics" / "schema.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(found)
    return found


def call(**more: object) -> Call:
    """Return a request that has ended."""
    told = Call(Usage(COUNTS), Caller("api_key", "key k1", "k1", "ada"))
    told.api, told.model, told.route, told.format = "api1", "amazon.nova-lite-v1:0", "/chat", "native"
    told.started, told.first_at, told.last_at, told.ended = 1.0, 1.25, 1.5, 2.0
    told.cost = 0.001
    for name, value in more.items():
        setattr(told, name, value)
    return told


def emitted(told: Call, *, by_caller: bool = False) -> dict[str, Any]:
    """Return the line of a request, read again."""
    line = line_of(
        with_metrics(record_of(told), told, "StreamingApi/Chat/Handler", 1_795_000_000_000, by_caller)
    )
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


@pytest.mark.parametrize("by_caller", [False, True])
@pytest.mark.parametrize(
    "more",
    [{}, {"error": "throttled", "first_at": None, "last_at": None, "cost": None}],
    ids=["whole", "failed"],
)
def test_usage_metrics_are_valid_by_awss_schema(
    schema: dict[str, Any], more: dict[str, object], by_caller: bool
) -> None:
    line = emitted(call(**more), by_caller=by_caller)
    jsonschema.Draft7Validator(schema).validate(line)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    # "The root node must contain all Target members defined by the references"
    for metric in directive["Metrics"]:
        assert isinstance(line[metric["Name"]], int | float)
        assert metric["Unit"] in UNITS
    for dimensions in directive["Dimensions"]:
        assert all(isinstance(line[name], str) and 0 < len(line[name]) < 1024 for name in dimensions)
    assert directive["Dimensions"] == [["Api", "Model"], *([["Api", "Model", "Caller"]] if by_caller else [])]
    assert ("Caller" in line) is by_caller


@pytest.mark.parametrize("kind", DECISIONS)
def test_budget_metrics_are_valid_by_awss_schema(schema: dict[str, Any], kind: str) -> None:
    line = json.loads(json.dumps(record(kind, {"model": "m"}, 1_795_000_000.0, "StreamingApi/Chat/Budget")))
    jsonschema.Draft7Validator(schema).validate(line)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert [line[metric["Name"]] for metric in directive["Metrics"]] == [1]


def test_usage_metrics_of_a_whole_answer_are_all_there() -> None:
    line = emitted(call())
    assert {name: line[name] for name in METRICS} == {
        "InputTokens": 3,
        "OutputTokens": 2,
        "CachedTokens": 4,
        "TimeToFirstToken": 250,
        "OutputTokensPerSecond": 8,
        "EstimatedCost": 0.001,
        "Errors": 0,
    }
    assert (line["Api"], line["Model"]) == ("api1", "amazon.nova-lite-v1:0")


def test_usage_metric_that_is_not_known_is_left_out_and_not_zero() -> None:
    line = emitted(call(cost=None, first_at=None, last_at=None))
    names = {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert names == set(METRICS) - {"EstimatedCost", "TimeToFirstToken", "OutputTokensPerSecond"}
    assert "EstimatedCost" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [("ada", "ada"), ("Zoë\x07", "Zo??"), (" ", "-"), ("x" * 2000, "x" * 1023), ("日本", "??")],
)
def test_usage_metrics_dimension_has_only_what_cloudwatch_takes(name: str, value: str) -> None:
    line = emitted(call(caller=Caller("authorizer", "", name)), by_caller=True)
    assert line["Caller"] == value
    assert line["caller"]["id"] == name


def test_usage_metrics_schema_refuses_another_form(schema: dict[str, Any]) -> None:
    line = emitted(call())
    del line["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(line)
