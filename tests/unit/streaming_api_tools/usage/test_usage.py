"""``streaming-api usage``: the report of a file of log lines, and of a stack through Logs Insights."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner, Result

from streaming_api_tools.cli import cli
from streaming_api_tools.errors import CouldNotRun
from streaming_api_tools.usage import insights
from streaming_api_tools.usage.records import Sample, read_records, sample_of
from streaming_api_tools.usage.render import bars

NOW = 1_795_000_000.0
DAY = 86_400
EVIL = "=cmd|' /C calc'!A0\x1b[2J\u202eevil"


def record(at: float = NOW, /, **more: Any) -> dict[str, object]:  # noqa: ANN401 - any member
    """Return a record of usage."""
    usual: dict[str, object] = {
        "event": "usage",
        "route": "/chat",
        "model": "amazon.nova-lite-v1:0",
        "caller": {"kind": "api_key", "id": "k1", "name": "ada"},
        "input_tokens": 100,
        "output_tokens": 20,
        "cache_read_tokens": 5,
        "cache_write_tokens": 0,
        "total_tokens": 125,
        "time_to_first_token_ms": 300.0,
        "cost_usd": 0.002,
        "_aws": {"Timestamp": int(at * 1000)},
    }
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def lines(*records: dict[str, object]) -> str:
    """Return a log with other lines between the records."""
    written = [f"[Chat 5f3e] {json.dumps(each, separators=(',', ':'))}\n" for each in records]
    return "START RequestId: 5f3e\n" + "".join(written) + '{"event":"usage"\nREPORT RequestId: 5f3e\n'


RECORDS = (
    record(NOW - 10 * DAY, caller={"kind": "iam", "id": "arn:aws:iam::1:role/reader", "name": "reader"}),
    record(NOW - DAY, error="throttled", time_to_first_token_ms=None),
    record(NOW - 60, model="us.anthropic.claude-sonnet-5", cost_usd=None, time_to_first_token_ms=500.0),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function of options
    """Return what reports the records of a file."""
    monkeypatch.setattr(time, "time", lambda: NOW)

    def report(*options: str, records: tuple[dict[str, object], ...] = RECORDS) -> Result:
        path = tmp_path / "function.log"
        path.write_text(lines(*records), "utf-8")
        return CliRunner().invoke(cli, ["usage", "--file", str(path), *options])

    return report


def test_usage_of_a_file_is_a_table_with_the_dearest_first(run: Any) -> None:  # noqa: ANN401
    done = run()
    assert done.exit_code == 0, done.output
    head, first, second, total = done.output.splitlines()
    assert head.split() == [
        *("caller", "requests", "errors", "input", "output", "cached", "USD"),
        *("first", "token", "tokens", "over", "time"),
    ]
    assert first.split()[:9] == ["ada", "2", "1", "200", "40", "10", "0.0020+", "500", "ms"]
    assert second.split()[:9] == ["reader", "1", "0", "100", "20", "5", "0.0020", "300", "ms"]
    assert total.split()[:4] == ["total", "3", "1", "300"]
    assert "█" in first


def test_usage_of_a_file_since_leaves_out_what_is_older(run: Any) -> None:  # noqa: ANN401
    done = run("--since", "7d", "--by", "model", "--json")
    report = json.loads(done.output)
    assert (report["by"], report["since"], report["until"]) == ("model", NOW - 7 * DAY, NOW)
    assert [row["model"] for row in report["rows"]] == [
        "amazon.nova-lite-v1:0",
        "us.anthropic.claude-sonnet-5",
    ]
    assert report["rows"][1]["cost_usd"] is None
    assert report["total"]["requests"] == 2
    assert sum(report["rows"][0]["tokens_over_time"]) == 125
    assert report["rows"][0]["tokens_over_time"].index(125) == 20


def test_usage_by_route_is_csv_for_spreadsheets(run: Any) -> None:  # noqa: ANN401
    (head, row) = csv.reader(io.StringIO(run("--by", "route", "--csv").output))
    assert dict(zip(head, row, strict=True)) == {
        "route": "/chat",
        "requests": "3",
        "errors": "1",
        "input_tokens": "300",
        "output_tokens": "60",
        "cached_tokens": "15",
        "total_tokens": "375",
        "cost_usd": "0.004",
        "unpriced_requests": "1",
        "first_token_ms": "400.0",
    }


@pytest.mark.parametrize("name", [EVIL, "+1", "-1", "@x", "\t=1"])
def test_usage_hostile_name_commands_neither_a_terminal_nor_a_spreadsheet(run: Any, name: str) -> None:  # noqa: ANN401
    hostile = record(caller={"kind": "authorizer", "id": name})
    table = run(records=(hostile,)).output
    assert "\x1b" not in table
    assert "\u202e" not in table
    (_, row) = csv.reader(io.StringIO(run("--csv", records=(hostile,)).output))
    assert row[0].startswith("'")
    assert json.loads(run("--json", records=(hostile,)).output)["rows"][0]["caller"] == name


@pytest.mark.parametrize(
    "broken",
    [{"caller": "ada"}, {"caller": None}, {"input_tokens": "many"}, {"_aws": None}, {"cost_usd": True}],
)
def test_usage_of_records_in_another_form_does_not_fail(run: Any, broken: dict[str, Any]) -> None:  # noqa: ANN401
    done = run(records=(record(**broken),))
    assert (done.exit_code, len(done.output.splitlines())) == (0, 2)


def test_usage_without_records_says_so(run: Any) -> None:  # noqa: ANN401
    done = run(records=())
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "there are no records of usage in that time\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give the name of a STACK, or --file LOG"),
        (["Chat", "--since", "7"], "'7' is no time like 30m, 12h, 7d or 4w"),
        (["Chat", "--csv", "--json"], "exclude each other"),
        (["Chat", "--by", "user"], "is not one of"),
    ],
)
def test_usage_wrong_usage_is_a_2_that_says_what_to_give(arguments: list[str], says: str) -> None:
    done = CliRunner().invoke(cli, ["usage", *arguments])
    assert done.exit_code == 2
    assert says in done.stderr


def test_usage_bars_have_the_highest_for_the_most() -> None:
    assert bars([0, 1, 2, 4], ascii_only=True) == " :=@"
    assert bars([0, 0]) == "  "


def client(service: str) -> Any:  # noqa: ANN401 - of botocore
    session = botocore.session.Session()
    session.set_credentials("a", "b")
    return session.create_client(service, region_name="us-east-1")


def test_usage_of_a_stack_asks_the_functions_that_write_records() -> None:
    cloudformation, lambda_ = client("cloudformation"), client("lambda")

    def resource(kind: str, name: str) -> dict[str, Any]:
        status = {"ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": 0}
        return {"LogicalResourceId": "A", "ResourceType": kind, "PhysicalResourceId": name, **status}

    with Stubber(cloudformation) as stacks, Stubber(lambda_) as functions:
        first = [resource("AWS::Lambda::Function", "chat"), resource("AWS::CloudFormation::Stack", "nested")]
        stacks.add_response(
            "list_stack_resources", {"StackResourceSummaries": first, "NextToken": "t"}, {"StackName": "Chat"}
        )
        stacks.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": [resource("AWS::Lambda::Function", "probe")]},
            {"StackName": "Chat", "NextToken": "t"},
        )
        stacks.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": [resource("AWS::Lambda::Function", "inner")]},
            {"StackName": "nested"},
        )
        writes = {"Environment": {"Variables": {insights.VARIABLE: "m"}}}
        functions.add_response(
            "get_function_configuration",
            {"FunctionName": "chat", **writes, "LoggingConfig": {"LogGroup": "ChatLogs"}},
            {"FunctionName": "chat"},
        )
        functions.add_response(
            "get_function_configuration", {"FunctionName": "probe"}, {"FunctionName": "probe"}
        )
        functions.add_response(
            "get_function_configuration", {"FunctionName": "inner", **writes}, {"FunctionName": "inner"}
        )
        groups = insights.log_groups_of("Chat", cloudformation, lambda_)
    assert groups == ["ChatLogs", "/aws/lambda/inner"]


def test_usage_of_a_stack_without_such_functions_says_so() -> None:
    cloudformation = client("cloudformation")
    with Stubber(cloudformation) as stacks:
        stacks.add_response("list_stack_resources", {"StackResourceSummaries": []}, {"StackName": "Chat"})
        with pytest.raises(CouldNotRun, match="has no function that writes records"):
            insights.log_groups_of("Chat", cloudformation, client("lambda"))


def cells(**values: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in values.items()]


def test_usage_of_a_stack_is_added_up_by_logs_insights() -> None:
    logs = client("logs")
    waits: list[float] = []
    row = cells(
        **{"caller.kind": "api_key", "caller.name": "ada", "at": "2026-11-18 10:40:00.000"},
        input_tokens="300",
        output_tokens="60",
        total_tokens="375",
        cost_usd="0.004",
        priced="2",
        timed="2",
        first_token_ms="800",
        requests="3",
    )
    with Stubber(logs) as stub:
        stub.add_response(
            "start_query",
            {"queryId": "q"},
            {
                "logGroupNames": ["ChatLogs"],
                "startTime": int(NOW - DAY),
                "endTime": int(NOW),
                "queryString": insights.query_of("caller", 3600),
                "limit": 10_000,
            },
        )
        stub.add_response("get_query_results", {"status": "Running", "results": []}, {"queryId": "q"})
        stub.add_response("get_query_results", {"status": "Complete", "results": [row]}, {"queryId": "q"})
        (found,) = insights.samples_of(logs, ["ChatLogs"], "caller", NOW - DAY, NOW, waits.append)
    assert waits == [1.0]
    assert found == Sample(
        *("ada", 1795000800.0 - 2400, 3, 0, 300, 60, 0, 375),
        cost_usd=0.004,
        priced=2,
        first_token_ms=800,
        timed=2,
    )


@pytest.mark.parametrize("status", ["Failed", "Timeout", "Cancelled", "Running"])
def test_usage_query_that_does_not_end_well_could_not_run(status: str) -> None:
    class Logs:
        def start_query(self, **_: object) -> dict[str, str]:
            return {"queryId": "q"}

        def get_query_results(self, **_: object) -> dict[str, Any]:
            return {"status": status, "results": []}

    with pytest.raises(CouldNotRun, match=status.lower()):
        insights.samples_of(Logs(), ["ChatLogs"], "model", NOW - DAY, NOW, lambda _: None)


RECORD = {"event": "usage", "model": "m", "input_tokens": 3, "output_tokens": 4, "cache_read_tokens": 5}


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(RECORD),
        json.dumps(RECORD, separators=(",", ":")),
        json.dumps(dict(reversed(RECORD.items()))),
        f"2026-11-30T12:00:00Z\t{{not JSON}} {json.dumps(RECORD)}",
        json.dumps({"timestamp": "2026-11-30T12:00:00Z", "message": RECORD}),
        json.dumps({"timestamp": "2026-11-30T12:00:00Z", "message": json.dumps(RECORD)}),
    ],
)
def test_usage_record_is_read_however_the_line_is_written(line: str) -> None:
    (record,) = read_records([line, "START RequestId: usage", '{"event": "budget", "of": "usage"}'])
    sample = sample_of(record, "model")
    assert (sample.group, sample.total_tokens) == ("m", 12)


def test_usage_line_of_many_braces_is_given_up() -> None:
    assert list(read_records(["usage " + "{" * 1_000_000, '{"usage": ' * 50_000])) == []
