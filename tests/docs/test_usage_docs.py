"""docs/usage.md: its app synthesizes, its records are those of the function, and its commands are run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from chat.settings import ChatSettings
from chat.usage.counts import Usage
from chat.usage.prices import cost_of
from chat.usage.record import Call, record_of, with_metrics
from chat.usage.report import FORMATS
from click.testing import CliRunner
from lambda_streaming_store.owner import Caller

import cdk_streaming_api
from cdk_streaming_api import BedrockUsageMetric
from streaming_api_tools.cli import cli
from streaming_api_tools.usage import command

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "usage.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def block(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return [code for name, code in BLOCKS if name == language]


def records() -> list[dict[str, Any]]:
    """Return the records of the page."""
    return [json.loads(line) for line in block("json")[0].splitlines()]


@pytest.fixture(scope="module")
def template() -> Template:
    """Return the template of the page's app."""
    stack = cdk.Stack(cdk.App(), "Shop")
    names: dict[str, object] = {name: getattr(cdk_streaming_api, name) for name in cdk_streaming_api.__all__}
    (code,) = block("python")
    exec(compile(code, "usage.md", "exec"), names | {"self": stack})
    return Template.from_stack(stack)


def test_usage_page_record_has_the_cost_and_the_namespace_of_its_app(template: Template) -> None:
    functions = template.find_resources("AWS::Lambda::Function").values()
    (variables,) = [
        variables
        for each in functions
        if "BEDROCK_MODEL_ID" in (variables := each["Properties"]["Environment"]["Variables"])
    ]
    (model,) = ChatSettings(variables["BEDROCK_MODEL_ID"], variables["BEDROCK_SETTINGS"]).models
    for record in records():
        usage = Usage({name: record[name] for name in COUNTS})
        assert record["cost_usd"] == cost_of(usage, model.price)
        assert record["total_tokens"] == usage.total_tokens
        (directive,) = record["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == variables["BEDROCK_USAGE_NAMESPACE"]
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    thresholds = {
        each["Properties"]["MetricName"]: each["Properties"]["Threshold"]
        for each in alarms
        if each["Properties"].get("Namespace") == variables["BEDROCK_USAGE_NAMESPACE"]
    }
    assert (thresholds["EstimatedCost"], thresholds["Errors"]) == (20, 50)


def test_usage_page_record_is_one_that_the_function_writes() -> None:
    for record in records():
        counts = {name: record[name] for name in COUNTS}
        caller = record["caller"]
        call = Call(
            Usage(counts, record.get("estimated_by")),
            Caller(caller["kind"], "", caller["id"], caller["name"]),
        )
        for name in ("request_id", "route", "format", "model", "stop_reason", "error"):
            setattr(call, name, record.get(name))
        call.api, call.cost, call.ended = record["Api"], record["cost_usd"], record["duration_ms"] / 1000
        call.first_at = record["time_to_first_token_ms"] / 1000
        call.last_at = call.first_at + record["output_tokens"] / record["tokens_per_second"]
        stamp = record["_aws"]["Timestamp"]
        written = with_metrics(record_of(call), call, "StreamingApi/Shop/Chat", stamp, by_caller=True)
        assert list(written) == list(record)
        assert written == record


def test_usage_page_explains_every_member_format_and_metric() -> None:
    full = Call(Usage({"reasoning_tokens": 1}, {"output_tokens": "deltas"}), Caller("iam", "", "a", "b"))
    full.stream_key = full.stop_reason = full.guardrail_action = full.error = "x"
    full.cost, full.first_at, full.last_at = 0.0, 1.0, 2.0
    told = set(re.findall(r"`(\w+)`", TEXT.partition("## The record")[2].partition("## Metrics")[0]))
    assert set(record_of(full)) - {"event"} <= told
    assert set(FORMATS.values()) <= told
    metrics = TEXT.partition("## Metrics")[2].partition("## Prices")[0]
    for metric in BedrockUsageMetric:
        assert f"`{metric.name}`" in metrics
        assert f"`{metric.value[0]}`" in metrics


def test_usage_page_report_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "usage.log").write_text(block("json")[0], "utf-8")
    monkeypatch.chdir(tmp_path)
    (first, *_) = shlex.split(block("sh")[0].splitlines()[0])
    assert first == "streaming-api"
    done = CliRunner().invoke(cli, shlex.split(block("sh")[0])[1:])
    assert done.exit_code == 0
    assert done.stdout == block("text")[0]


def test_usage_page_commands_of_a_stack_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, float]] = []

    def of_stack(stack: str, by: str, begin: float, end: float, region: str | None) -> list[object]:
        asked.append((stack, by, round(end - begin)))
        return []

    monkeypatch.setattr(command, "_of_stack", of_stack)
    for line in block("sh")[1].splitlines():
        assert CliRunner().invoke(cli, shlex.split(line)[1:]).exit_code == 0
    assert asked == [("Shop", "caller", 7 * 86_400), ("Shop", "model", 28 * 86_400)]
