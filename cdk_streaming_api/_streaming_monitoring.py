"""Define a dashboard and alarms for an API whose requests are meant to take long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

import jsii
from aws_cdk import Duration, Fn, IResolveContext, IStringProducer, Lazy, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ._apigateway.stream import Stream
from ._bedrock.invoked_model import NAMED_BY_ID
from ._bedrock.model import BedrockModel
from ._bedrock_function import BedrockFunction
from ._common.argument_checks import check_type
from ._common.keyword_options import InitSignature, checks_keywords
from ._common.tokens import check_unit
from ._lambda.streaming_function import StreamingFunction
from ._streaming_api import StreamingApi


class StreamingMonitoring(Construct):
    """Defines a dashboard, and alarms on the first content, on errors and on throttles.

    None is on the latency of the API, its functions or its model, which are as long as the stream::

        StreamingMonitoring(self, "Monitoring", api=api, time_to_first_content_threshold=Duration.seconds(3))

    Make it when the API has all its streams. Its attributes are ``dashboard`` and ``alarms``.
    """

    __signature__ = InitSignature()

    @checks_keywords
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingApi,
        time_to_first_content_threshold: Duration | None = None,
        server_error_rate_threshold: float = 0.05,
        stream_errors_threshold: float = 1,
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
            check_type("time_to_first_content_threshold", first_content_threshold, Duration)
            check_unit("time_to_first_content_threshold", first_content_threshold, "millis")
        backends = _Backends.of(api)
        self.alarms = [
            definition.alarm(self)
            for definition in (
                *_of_api(api, first_content_threshold, server_error_rate_threshold),
                *_of_functions(backends, stream_errors_threshold),
                *_of_models(backends, first_content_threshold),
            )
        ]
        for alarm in self.alarms:
            alarm.add_alarm_action(*alarm_actions)
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard")
        self.dashboard.add_widgets(
            *(
                cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
                for title, metrics in _graphs(api, backends).items()
                # an API in front of servers has neither functions nor models
                if metrics
            )
        )


class _Backends(NamedTuple):
    """The functions and models behind the streams of an API, each once."""

    functions: list[lambda_.IFunction]
    streaming: list[StreamingFunction]
    models: list[str]

    @classmethod
    def of(cls, api: StreamingApi) -> _Backends:
        handlers = [stream.handler for stream in api.streams if isinstance(stream, Stream)]
        behind = [it.lambda_ if isinstance(it, lambda_.Alias | lambda_.Version) else it for it in handlers]
        functions = list({function.node.path: function for function in behind}.values())
        streaming = [function for function in functions if isinstance(function, StreamingFunction)]
        bedrock = [function for function in streaming if isinstance(function, BedrockFunction)]
        names = [_name_in_metrics(model) for function in bedrock for model in function.models]
        return cls(functions, streaming, list(dict.fromkeys(names)))


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


def _of_functions(backends: _Backends, stream_errors: float) -> Iterator[_AlarmDefinition]:
    for streaming in backends.streaming:
        errors = streaming.metric_stream_errors()
        name = f"StreamErrors {streaming.node.path}"
        yield _AlarmDefinition(name, errors, stream_errors, "Streams end in errors", False)
    for function in backends.functions:
        throttles = function.metric_throttles()
        yield _AlarmDefinition(
            f"Throttles {function.node.path}", throttles, 1, "A function is throttled", False
        )


def _of_models(backends: _Backends, first_content_threshold: Duration) -> Iterator[_AlarmDefinition]:
    for number, model in enumerate(backends.models):
        first_token = _bedrock(model, "TimeToFirstToken", "p90")
        throttles = _bedrock(model, "InvocationThrottles", cloudwatch.Stats.SUM)
        slow = "The model takes long to begin"
        yield _AlarmDefinition(
            f"FirstToken{number}", first_token, first_content_threshold.to_milliseconds(), slow, True
        )
        yield _AlarmDefinition(f"ModelThrottles{number}", throttles, 1, "Bedrock throttles the model", False)


def _graphs(api: StreamingApi, backends: _Backends) -> Mapping[str, Sequence[cloudwatch.IMetric]]:
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
        "Streams that ended in an error": [it.metric_stream_errors() for it in backends.streaming],
        "Throttled functions": [it.metric_throttles() for it in backends.functions],
        "Time to first token of the models": [
            _bedrock(it, "TimeToFirstToken", "p90") for it in backends.models
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


def _name_in_metrics(model: BedrockModel) -> str:
    """Return the id of a model; what has an ARN of its own reports under the id in it."""
    a_token = Token.is_unresolved(model.model_id) and "/" not in model.model_id
    if a_token and model.kind not in NAMED_BY_ID:
        return Fn.select(1, Fn.split("/", model.model_id))
    return model.model_id.rpartition("/")[2]


def _bedrock(model: str, name: str, statistic: str) -> cloudwatch.Metric:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
    return cloudwatch.Metric(
        namespace="AWS/Bedrock",
        metric_name=name,
        dimensions_map={"ModelId": model},
        statistic=statistic,
    )
