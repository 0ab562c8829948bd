"""Asks CloudWatch Logs Insights for the records of the functions of a stack, added up where they are."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Protocol

from ..errors import CouldNotRun
from .records import Sample, caller_name
from .summary import SPANS

#: A function that writes records of usage has it.
VARIABLE = "BEDROCK_MODEL_ID"
NESTED, FUNCTION = "AWS::CloudFormation::Stack", "AWS::Lambda::Function"
#: "CloudWatch Logs quotas": rows of a result, and log groups of a query.
MOST_ROWS, MOST_GROUPS = 10_000, 50
_FIELDS = {
    "caller": "caller.kind, caller.id, caller.name",
    "model": "model",
    "route": "route",
}
_SUMS = {
    "input_tokens": "sum(input_tokens)",
    "output_tokens": "sum(output_tokens)",
    "cached_tokens": "sum(cache_read_tokens)",
    "total_tokens": "sum(total_tokens)",
    "cost_usd": "sum(cost_usd)",
    "priced": "count(cost_usd)",
    "first_token_ms": "sum(time_to_first_token_ms)",
    "timed": "count(time_to_first_token_ms)",
    "requests": "count(*)",
    "errors": "count(error)",
}
_WHOLE = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "total_tokens",
    "priced",
    "timed",
    "requests",
    "errors",
)
_RUNNING = ("Scheduled", "Running", "Unknown")
_WAIT, _PATIENCE = 1.0, 120.0


class CloudFormationClient(Protocol):
    """The operation in use."""

    def list_stack_resources(self, **arguments: str) -> Mapping[str, Any]:
        """Return a page of the resources of a stack."""


class LambdaClient(Protocol):
    """The operation in use."""

    def get_function_configuration(self, *, FunctionName: str) -> Mapping[str, Any]:
        """Return the settings of a function."""


class LogsClient(Protocol):
    """The operations in use."""

    def start_query(
        self, *, logGroupNames: Sequence[str], startTime: int, endTime: int, queryString: str, limit: int
    ) -> Mapping[str, str]:
        """Start a query of CloudWatch Logs Insights."""

    def get_query_results(self, *, queryId: str) -> Mapping[str, Any]:
        """Return what a query has found until now."""


def log_groups_of(stack: str, cloudformation: CloudFormationClient, lambda_: LambdaClient) -> list[str]:
    """Return the log groups of the functions of a stack, and of the stacks within it, that write records.

    :raises CouldNotRun: when there is no such function
    """
    groups: list[str] = []
    for name in _functions(stack, cloudformation):
        settings = lambda_.get_function_configuration(FunctionName=name)
        if VARIABLE in (settings.get("Environment") or {}).get("Variables", {}):
            own = (settings.get("LoggingConfig") or {}).get("LogGroup")
            groups.append(own or f"/aws/lambda/{settings['FunctionName']}")
    if not groups:
        raise CouldNotRun(f"stack {stack} has no function that writes records of usage: no BedrockFunction")
    return list(dict.fromkeys(groups))[:MOST_GROUPS]


def query_of(by: str, seconds: int) -> str:
    """Return the query of a report.

    :param seconds: how long each span of time is
    """
    sums = ", ".join(f"{what} as {name}" for name, what in _SUMS.items())
    return (
        f'filter event = "usage" | stats {sums} by {_FIELDS[by]}, bin({seconds}s) as at | limit {MOST_ROWS}'
    )


def samples_of(
    logs: LogsClient,
    groups: Sequence[str],
    by: str,
    begin: float,
    end: float,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Sample]:
    """Return what the log groups have between two moments.

    :raises CouldNotRun: when the query fails, or takes minutes
    """
    query = query_of(by, max(1, math.ceil((end - begin) / SPANS)))
    started = logs.start_query(
        logGroupNames=groups, startTime=int(begin), endTime=int(end), queryString=query, limit=MOST_ROWS
    )
    waited = 0.0
    while True:
        answer = logs.get_query_results(queryId=started["queryId"])
        status = str(answer["status"])
        if status == "Complete":
            return [_sample(by, row) for row in _rows(answer)]
        if status not in _RUNNING or waited >= _PATIENCE:
            raise CouldNotRun(
                f"the query of CloudWatch Logs Insights is {status.lower()}; try a shorter --since"
            )
        sleep(_WAIT)
        waited += _WAIT


def _functions(stack: str, cloudformation: CloudFormationClient) -> Iterator[str]:
    waiting, seen = [stack], {stack}
    while waiting:
        more: dict[str, str] = {"StackName": waiting.pop()}
        while True:
            page = cloudformation.list_stack_resources(**more)
            for resource in page["StackResourceSummaries"]:
                found = resource.get("PhysicalResourceId")
                if not found:
                    continue
                if resource["ResourceType"] == FUNCTION:
                    yield str(found)
                elif resource["ResourceType"] == NESTED and found not in seen:
                    seen.add(found)
                    waiting.append(str(found))
            if not page.get("NextToken"):
                break
            more["NextToken"] = page["NextToken"]


def _rows(answer: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for row in answer["results"]:
        yield {cell["field"]: cell["value"] for cell in row if "value" in cell}


def _sample(by: str, row: Mapping[str, str]) -> Sample:
    if by == "caller":
        group = caller_name({name: row.get(f"caller.{name}") for name in ("kind", "id", "name")})
    else:
        group = row.get(by) or "-"
    numbers = {name: float(row.get(name) or 0) for name in _SUMS}
    counts = {name: int(numbers[name]) for name in _WHOLE}
    return Sample(
        group,
        _moment(row.get("at", "")),
        cost_usd=numbers["cost_usd"],
        first_token_ms=numbers["first_token_ms"],
        **counts,
    )


def _moment(text: str) -> float:
    """Return a moment as CloudWatch writes it, ``2026-11-30 12:00:00.000`` in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return 0.0
