"""A Python function that can stream its response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration, Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._assets import layer_code
from ._function_parts import function_parts
from ._log_metric import LogMetric
from ._timeouts import MAX_FUNCTION_MS, check_timeout

if TYPE_CHECKING:  # loads only for who asks for a metric
    from aws_cdk import aws_cloudwatch as cloudwatch

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MEMORY_SIZES = range(128, 10_241)
_LAYER_ID = "LambdaStreamingLayer"
_RUNTIMES = [
    lambda_.Runtime.PYTHON_3_10,
    lambda_.Runtime.PYTHON_3_11,
    lambda_.Runtime.PYTHON_3_12,
    lambda_.Runtime.PYTHON_3_13,
    lambda_.Runtime.PYTHON_3_14,
]


class StreamingFunction(lambda_.Function):
    """Defines a Python function that has ``lambda_streaming``, so that its handler streams by yielding.

    The function's module::

        from lambda_streaming import stream

        @stream
        def handler(event, context):
            for n in range(10):
                yield {"n": n}

    and its definition::

        reports = StreamingFunction(
            self, "Reports", code=lambda_.Code.from_asset("reports"), handler="app.handler"
        )
        api.add_stream("reports/{id}", http_method="GET", handler=reports)

    It has a role and a log group of its own and nothing from AWS managed policies.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        handler: str,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        memory_size: int = 512,
        timeout: Duration | None = None,
        environment: Mapping[str, str] | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        precompile: bool = False,
        reserved_concurrent_executions: int | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
        runtime_management_mode: lambda_.RuntimeManagementMode | None = None,
        description: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function, its role, its log group and, once in a stack, the streaming layer.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct; the ids of role and log group begin with it.
        :param code: the function's own code.
        :param handler: ``module.function`` of a generator decorated with ``lambda_streaming.stream``.
        :param runtime: a managed Python runtime, 3.10 or later. Default: Runtime.PYTHON_3_14
        :param architecture: instruction set. Default: Architecture.ARM_64
        :param memory_size: memory in MiB, 128 to 10240; it also sets the share of a processor. Default: 512
        :param timeout: how long one stream may take, up to 15 minutes. Default: 15 minutes
        :param environment: environment variables. Default: - none
        :param layers: layers beside the streaming layer. Default: - none
        :param precompile: whether the streaming layer has bytecode for the runtime, which spares cold starts
            from compiling it; ``cdk synth`` then needs that Python on the path, or Docker. Default: False
        :param reserved_concurrent_executions: how many streams may run at once; it is taken from what the
            account's other functions share. Default: - no limit of its own
        :param snap_start: starts from a snapshot, but only published versions do: give streams
            ``current_version`` or the alias of a ``GradualRollout``. Default: - none
        :param runtime_management_mode: when the runtime gets AWS's updates. Default: - automatically
        :param description: what the function is for. Default: - none
        :param log_retention: how long its log is kept. Default: one month
        :raises ValueError: when Lambda would not accept the timeout or the memory.
        """
        timeout = timeout or Duration.millis(MAX_FUNCTION_MS)
        if not Token.is_unresolved(memory_size) and memory_size not in _MEMORY_SIZES:
            raise ValueError(
                f"memory_size of function '{construct_id}' must be 128 to 10240 MiB, got {memory_size}"
            )
        check_timeout(timeout, f"function '{construct_id}'", 1_000, MAX_FUNCTION_MS)
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        parts = function_parts(scope, construct_id, log_retention)
        super().__init__(
            scope,
            construct_id,
            code=code,
            handler=handler,
            runtime=runtime,
            architecture=architecture or lambda_.Architecture.ARM_64,
            memory_size=memory_size,
            timeout=timeout,
            environment=environment,
            layers=[_layer(scope, runtime if precompile else None), *layers],
            reserved_concurrent_executions=reserved_concurrent_executions,
            snap_start=snap_start,
            runtime_management_mode=runtime_management_mode,
            description=description,
            role=parts.role,
            log_group=parts.log_group,
            tracing=lambda_.Tracing.ACTIVE,
        )
        self._stream_errors = LogMetric(
            scope, f"{construct_id}StreamErrors", log_group=parts.log_group, namespace=self.node.path
        )

    def metric_stream_errors(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return how many streams ended in an error, also those that Lambda counts as successful.

        Lambda does so from the first byte on; the count is of the tracebacks in the function's log. The
        first call defines a metric filter on it.

        :param statistic: how it is aggregated. Default: Sum
        :param period: over which time. Default: 5 minutes
        """
        return self._stream_errors.counting(
            "StreamErrors", "Traceback (most recent call last)", statistic=statistic, period=period
        )


def _layer(scope: Construct, compile_for: lambda_.Runtime | None) -> lambda_.LayerVersion:
    """Return the stack's one layer version with ``lambda_streaming``, or that with bytecode for a runtime."""
    stack = Stack.of(scope)
    layer_id = _LAYER_ID + (compile_for.name if compile_for else "")
    if existing := stack.node.try_find_child(layer_id):
        return cast(lambda_.LayerVersion, existing)
    return lambda_.LayerVersion(
        stack,
        layer_id,
        code=layer_code(compile_for),
        description="lambda_streaming: response streaming for Python functions",
        license="Apache-2.0",
        compatible_runtimes=[compile_for] if compile_for else _RUNTIMES,
    )
