"""Define a dashboard and alarms for an API whose requests are meant to take long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

import jsii
from aws_cdk import Aspects, Duration, IAspect, IResolveContext, IStringProducer, Lazy, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from ._apigateway.stream import Stream
from ._apigateway.streaming_method import StreamingMethod
from ._bedrock.usage_metric import name_in_metrics
from ._bedrock_function import BedrockFunction
from ._common.keyword_options import InitSignature, checks_arguments
from ._common.tokens import known_amount
from ._lambda.streaming_function import StreamingFunction
from ._streaming_api import StreamingApi
from ._usage_monitoring import add_queries, usage_alarms, usage_graphs


class StreamingMonitoring(Construct):
    """Defines a dashboard, and alarms on the first content, on errors and on throttles.

    None is on the latency of the API, its functions or its model, which are as long as the stream::

        StreamingMonitoring(self, "Monitoring", api=api, time_to_first_content_threshold=Duration.seconds(3))

    It watches the streams that the API has and those that it gets later. Its attributes are ``dashboard`` and
    ``alarms``, to which later streams add theirs.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingApi,
        time_to_first_content_threshold: Duration | None = None,
        server_error_rate_threshold: float = 0.05,
        stream_errors_threshold: float = 1,
        estimated_cost_threshold: float | None = None,
        request_errors_threshold: float | None = None,
        alarm_actions: Sequence[cloudwatch.IAlarmAction] = (),
    ) -> None:
        """Define the dashboard and the alarms.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param api: the API with its streams.
        :param time_to_first_content_threshold: how long 9 of 10 streams may take to their first content, and
            the models to their first token. Default: 10 seconds
        :param server_error_rate_threshold: share of the requests that may get a 5xx, 0 to 1. Default: 0.05
        :param stream_errors_threshold: how many streams may end in an error within 5 minutes before it is
            too many. Default: 1
        :param estimated_cost_threshold: how many USD one model may cost within an hour, by the estimates in
            the records of usage. Default: - no alarm
        :param request_errors_threshold: how many requests to one model may end in an error within 5 minutes,
            those that are refused among them, before it is too many. Default: - no alarm
        :param alarm_actions: what happens on an alarm. Default: - nothing but its state
        :raises ValueError: for a share that no alarm could reach.
        """
        super().__init__(scope, construct_id)
        known = not Token.is_unresolved(server_error_rate_threshold)
        if known and not 0 <= server_error_rate_threshold <= 1:
            raise ValueError(
                "server_error_rate_threshold must be a share between 0 and 1, "
                f"got {server_error_rate_threshold}"
            )
        first_content_threshold = Duration.seconds(10)
        if time_to_first_content_threshold is not None:
            first_content_threshold = time_to_first_content_threshold
            known_amount("time_to_first_content_threshold", first_content_threshold, "millis")
        self._cost, self._request_errors = estimated_cost_threshold, request_errors_threshold
        self._api, self._first_content_threshold = api, first_content_threshold
        self._stream_errors_threshold, self._alarm_actions = stream_errors_threshold, alarm_actions
        self._backends = _Backends({}, [])
        self.alarms: list[cloudwatch.Alarm] = []
        self._add_alarms(_of_api(api, first_content_threshold, server_error_rate_threshold))
        self._api_graphs = _api_graphs(api)
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard")
        graphs = cloudwatch.Row()
        self.dashboard.add_widgets(cast(cloudwatch.IWidget, graphs))
        Aspects.of(self.dashboard).add(_Graphs(graphs, self._graphs))
        for stream in api.streams:
            self._watch(stream)
        api._added.append(self._watch)

    def _watch(self, stream: StreamingMethod) -> None:
        """Define the alarms of the function behind a stream and of its models, if there are none yet."""
        if not isinstance(stream, Stream):
            return
        handler = stream.handler
        function = handler.lambda_ if isinstance(handler, lambda_.Alias | lambda_.Version) else handler
        path = function.node.path
        if path in self._backends.functions:
            return
        self._backends.functions[path] = function
        self._add_alarms(_of_function(function, path, self._stream_errors_threshold))
        if isinstance(function, BedrockFunction):
            self._watch_usage(function)
        for model in function.models if isinstance(function, BedrockFunction) else ():
            name = name_in_metrics(model)
            if name not in self._backends.models:
                number = len(self._backends.models)
                self._backends.models.append(name)
                self._add_alarms(_of_model(name, number, self._first_content_threshold))

    def _watch_usage(self, function: BedrockFunction) -> None:
        """Define the alarms on a function's records of usage, and the queries that are saved for them."""
        add_queries(self, function)
        alarms = usage_alarms(function, self._api.rest_api, cost=self._cost, errors=self._request_errors)
        self._add_alarms(_AlarmDefinition(*each, lasting=False) for each in alarms)

    def _add_alarms(self, definitions: Iterable[_AlarmDefinition]) -> None:
        for definition in definitions:
            alarm = definition.alarm(self)
            alarm.add_alarm_action(*self._alarm_actions)
            self.alarms.append(alarm)

    def _graphs(self) -> Mapping[str, Sequence[cloudwatch.IMetric]]:
        functions = [it for it in self._backends.functions.values() if isinstance(it, BedrockFunction)]
        return {
            **self._api_graphs,
            **self._backends.graphs(),
            **usage_graphs(functions, self._api.rest_api),
        }


@jsii.implements(IAspect)
class _Graphs:
    """Fills a row of graphs when the API has all its streams."""

    def __init__(
        self,
        row: cloudwatch.Row,
        graphs: Callable[[], Mapping[str, Sequence[cloudwatch.IMetric]]],
    ) -> None:
        self._row, self._graphs, self._filled = row, graphs, False

    def visit(self, _node: IConstruct) -> None:
        if self._filled:
            return
        self._filled = True
        for title, metrics in self._graphs().items():
            # an API in front of servers has neither functions nor models
            if metrics:
                self._row.add_widget(cloudwatch.GraphWidget(title=title, left=list(metrics), width=8))


class _Backends(NamedTuple):
    """The functions by path, and the models by their names in metrics, behind the streams of an API."""

    functions: dict[str, lambda_.IFunction]
    models: list[str]

    def graphs(self) -> Mapping[str, Sequence[cloudwatch.IMetric]]:
        """Return the metrics of the graphs by title."""
        functions = self.functions.values()
        return {
            "Streams that ended in an error": [
                it.metric_stream_errors() for it in functions if isinstance(it, StreamingFunction)
            ],
            "Throttled functions": [it.metric_throttles() for it in functions],
            "Time to first token of the models": [
                _bedrock(it, "TimeToFirstToken", "p90") for it in self.models
            ],
        }


class _AlarmDefinition(NamedTuple):
    """A metric and the threshold of its alarm.

    A slow or failing request must last for three periods; an event that should not be there need not.
    """

    construct_id: str
    metric: cloudwatch.Metric
    threshold: float
    description: str
    lasting: bool

    def alarm(self, scope: Construct) -> cloudwatch.Alarm:
        operator = cloudwatch.ComparisonOperator
        return self.metric.create_alarm(
            scope,
            self.construct_id,
            alarm_description=self.description,
            threshold=self.threshold,
            evaluation_periods=3 if self.lasting else 1,
            comparison_operator=operator.GREATER_THAN_THRESHOLD
            if self.lasting
            else operator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _of_api(
    api: StreamingApi, first_content_threshold: Duration, error_rate: float
) -> Iterator[_AlarmDefinition]:
    first_content = api.metric_time_to_first_content()
    # the average of zeros and ones
    errors = api.rest_api.metric_server_error(
        statistic=cloudwatch.Stats.AVERAGE, dimensions_map=_dimensions(api)
    )
    yield _AlarmDefinition(
        "TimeToFirstContent",
        first_content,
        first_content_threshold.to_milliseconds(),
        "Streams take long to begin",
        True,
    )
    yield _AlarmDefinition("ServerErrors", errors, error_rate, "Requests fail", True)


def _of_function(function: lambda_.IFunction, path: str, stream_errors: float) -> Iterator[_AlarmDefinition]:
    if isinstance(function, StreamingFunction):
        errors = function.metric_stream_errors()
        yield _AlarmDefinition(f"StreamErrors {path}", errors, stream_errors, "Streams end in errors", False)
    throttles = function.metric_throttles()
    yield _AlarmDefinition(f"Throttles {path}", throttles, 1, "A function is throttled", False)


def _of_model(name: str, number: int, first_content_threshold: Duration) -> Iterator[_AlarmDefinition]:
    first_token = _bedrock(name, "TimeToFirstToken", "p90")
    throttles = _bedrock(name, "InvocationThrottles", cloudwatch.Stats.SUM)
    slow, milliseconds = "The model takes long to begin", first_content_threshold.to_milliseconds()
    yield _AlarmDefinition(f"FirstToken{number}", first_token, milliseconds, slow, True)
    yield _AlarmDefinition(f"ModelThrottles{number}", throttles, 1, "Bedrock throttles the model", False)


def _api_graphs(api: StreamingApi) -> Mapping[str, Sequence[cloudwatch.IMetric]]:
    gateway, dimensions = api.rest_api, _dimensions(api)
    return {
        "Time to first content": [
            api.metric_time_to_first_content(statistic=it) for it in ("p50", "p90", "p99")
        ],
        "Duration of streams": [api.metric_stream_duration(statistic=it) for it in ("p50", "p90")],
        "Requests and errors": [
            gateway.metric_count(dimensions_map=dimensions),
            gateway.metric_client_error(dimensions_map=dimensions),
            gateway.metric_server_error(dimensions_map=dimensions),
        ],
    }


def _dimensions(api: StreamingApi) -> dict[str, str]:
    # the CDK names its metrics when it defines the API; CloudWatch has the name that is deployed
    return {"ApiName": Lazy.uncached_string(_DeployedName(api.rest_api))}


@jsii.implements(IStringProducer)
class _DeployedName:
    """The name of an API, which may change until the app is complete."""

    def __init__(self, api: apigateway.RestApi) -> None:
        self._api = api

    def produce(self, _context: IResolveContext) -> str | None:
        """Return the name."""
        return cast(apigateway.CfnRestApi, self._api.node.default_child).name


def _bedrock(model: str, name: str, statistic: str) -> cloudwatch.Metric:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
    return cloudwatch.Metric(
        namespace="AWS/Bedrock",
        metric_name=name,
        dimensions_map={"ModelId": model},
        statistic=statistic,
    )
