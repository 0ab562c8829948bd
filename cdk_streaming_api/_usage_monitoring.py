"""Define what of the records of usage an operator sees: graphs, alarms and saved queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._bedrock.model import BedrockModel
from ._bedrock.usage_metric import BedrockUsageMetric
from ._bedrock_function import BedrockFunction
from ._common.deployment_path import deployment_path

#: Title of a graph -> its metrics.
GRAPHS = {
    "Tokens": (
        BedrockUsageMetric.INPUT_TOKENS,
        BedrockUsageMetric.OUTPUT_TOKENS,
        BedrockUsageMetric.CACHED_TOKENS,
    ),
    "Estimated cost in USD": (BedrockUsageMetric.ESTIMATED_COST,),
    "Output tokens a second": (BedrockUsageMetric.OUTPUT_TOKENS_PER_SECOND,),
    "Time to first token in the function": (BedrockUsageMetric.TIME_TO_FIRST_TOKEN,),
    "Requests that ended in an error": (BedrockUsageMetric.ERRORS,),
}
_RECORDS = 'event = "usage"'
#: Name of a saved query -> its lines: "CloudWatch Logs Insights language query syntax".
QUERIES: Mapping[str, tuple[str, ...]] = {
    "cost by caller": (
        f"filter {_RECORDS}",
        "stats sum(cost_usd) as usd, sum(total_tokens) as tokens, count(*) as requests "
        "by caller.kind, caller.name, caller.id",
        "sort usd desc",
    ),
    "slowest models": (
        f"filter {_RECORDS}",
        "stats pct(time_to_first_token_ms, 90) as first_token_ms, avg(tokens_per_second) as tokens_a_second, "
        "count(*) as requests by model",
        "sort first_token_ms desc",
    ),
    "errors by code": (
        f"filter {_RECORDS} and ispresent(error)",
        "stats count(*) as requests by error, model, route",
        "sort requests desc",
    ),
}
_HOUR = Duration.hours(1)


def usage_graphs(
    functions: Sequence[BedrockFunction], api: apigateway.IRestApi
) -> Mapping[str, Sequence[cloudwatch.IMetric]]:
    """Return the metrics of the graphs by title."""
    return {
        title: [
            function.metric_usage(metric, api=api, model=model)
            for function in functions
            for model in function.models
            for metric in metrics
        ]
        for title, metrics in GRAPHS.items()
    }


def usage_alarms(
    function: BedrockFunction,
    api: apigateway.IRestApi,
    *,
    cost: float | None,
    errors: float | None,
) -> Iterator[tuple[str, cloudwatch.Metric, float, str]]:
    """Yield id, metric, threshold and description of each alarm on one function.

    :param cost: USD of one model within an hour, from which there is an alarm; None for none
    :param errors: requests of one model within 5 minutes that ended in an error; None for none
    """
    for model in function.models:
        name = _known_name(function, model)
        if cost is not None:
            metric = function.metric_usage(
                BedrockUsageMetric.ESTIMATED_COST, api=api, model=model, period=_HOUR
            )
            yield f"EstimatedCost {name}", metric, cost, "A model costs more than expected"
        if errors is not None:
            metric = function.metric_usage(BedrockUsageMetric.ERRORS, api=api, model=model)
            yield f"RequestErrors {name}", metric, errors, "Requests to a model end in errors"


def add_queries(scope: Construct, function: BedrockFunction) -> None:
    """Save the queries of a function's records in CloudWatch Logs Insights."""
    path = deployment_path(function)
    for name, (*filters, statistics, order) in QUERIES.items():
        logs.QueryDefinition(
            scope,
            f"{name} {function.node.path}",
            query_definition_name=f"{path}/{name}",
            query_string=logs.QueryString(
                filter_statements=[each.removeprefix("filter ") for each in filters],
                stats_statements=[statistics.removeprefix("stats ")],
                sort=order.removeprefix("sort "),
            ),
            log_groups=[function.log_group],
        )


def _known_name(function: BedrockFunction, model: BedrockModel) -> str:
    """Return what names the alarm of a model in the ids of constructs, which has no tokens."""
    return f"{function.models.index(model)} {function.node.path}"
