"""Define a Python function that can stream its response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Duration, Size
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_checks import check_whole
from .._common.keyword_options import InitSignature, checks_arguments, takes_options
from .._common.log_metric import LogMetric
from .._common.timeouts import MAX_FUNCTION_MS, check_timeout
from .._common.tokens import without_tokens
from .bundled_code import check_target
from .function_parts import FunctionWithParts, check_environment, check_name
from .options import DEFAULTS, FunctionOptions, bytecode_runtime, check_runtime, function_runtime, log_of
from .streaming_layer import StreamingLayer
from .vpc import check_vpc, grant_vpc_access

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cloudwatch as cloudwatch
    from typing_extensions import Unpack

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MEMORY_SIZES = range(128, 10_241)
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
_STORAGE_SIZES = range(512, 10_241)
# https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
_HANDLER = re.compile(r"[^\s]*[^\s.]\.[^\s./]+")


class StreamingFunction(FunctionWithParts):
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

    Its role and its log group are below it; nothing is from AWS managed policies.
    """

    __signature__ = InitSignature()
    #: whether its handler writes the headers for pages of other origins
    _writes_cors = False
    #: whether whoever calls it spends money on a model
    _calls_a_model = False

    @takes_options(FunctionOptions, defaults=DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        handler: str,
        **options: Unpack[FunctionOptions],
    ) -> None:
        """Define the function, its role, its log group and, once in a stack, the streaming layer.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param code: the function's own code.
        :param handler: ``module.function`` of a generator decorated with ``lambda_streaming.stream``.
        :raises ValueError: when Lambda would not accept the name, the timeout, the memory, the storage or the
            environment, or an argument about a VPC or a log comes without one.
        """
        timeout = options["timeout"] or Duration.millis(MAX_FUNCTION_MS)
        subject = f"function '{construct_id}'"
        if not _HANDLER.fullmatch(without_tokens(handler, "any.text")):
            raise ValueError(f"handler of {subject} must be 'module.function', got '{handler}'")
        _check(subject, timeout, options)
        check_runtime(f"runtime of {subject}", function_runtime(options))
        architecture = options["architecture"] or lambda_.Architecture.ARM_64
        check_target(subject, code, function_runtime(options).name, architecture.name)
        check_environment(subject, options["environment"] or {})
        layer = StreamingLayer.of(scope, compiled_for=bytecode_runtime(options))
        super().__init__(
            scope,
            construct_id,
            code=code,
            handler=handler,
            runtime=function_runtime(options),
            function_name=options["function_name"],
            role=options["role"],
            architecture=architecture,
            ephemeral_storage_size=options["ephemeral_storage"],
            memory_size=options["memory_size"],
            timeout=timeout,
            environment=options["environment"],
            environment_encryption=options["environment_encryption"],
            layers=[layer, *options["layers"]],
            vpc=options["vpc"],
            vpc_subnets=options["vpc_subnets"],
            security_groups=[*options["security_groups"]],
            allow_public_subnet=options["allow_public_subnet"],
            reserved_concurrent_executions=options["reserved_concurrent_executions"],
            snap_start=options["snap_start"],
            runtime_management_mode=options["runtime_management_mode"],
            description=options["description"],
            tracing=options["tracing"] or lambda_.Tracing.ACTIVE,
        )
        role = self._define_parts(log_of(subject, options), own_role=options["role"] is None)
        if options["vpc"]:
            grant_vpc_access(role)
        if options["store"]:
            options["store"].keep_streams_of(self)
        self._stream_errors = LogMetric(self, "StreamErrors", log_group=self.log_group)
        self._not_kept = LogMetric(self, "StreamsNotKept", log_group=self.log_group)

    @checks_arguments
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

    @checks_arguments
    def metric_streams_not_kept(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return how many streams the store has not kept, or not whole; they streamed nevertheless.

        The count is of the warnings in the function's log. The first call defines a metric filter on it.

        :param statistic: how it is aggregated. Default: Sum
        :param period: over which time. Default: 5 minutes
        """
        return self._not_kept.counting(
            "StreamsNotKept", "the stream is not resumable", statistic=statistic, period=period
        )


def _check(subject: str, timeout: Duration, options: FunctionOptions) -> None:
    check_name(subject, options["function_name"])
    if storage := options["ephemeral_storage"]:
        _check_storage(f"ephemeral_storage of {subject}", storage)
    check_whole(f"memory_size of {subject}", options["memory_size"], _MEMORY_SIZES, "128 to 10240 MiB")
    reserved = options["reserved_concurrent_executions"]
    if reserved is not None:
        check_whole(f"reserved_concurrent_executions of {subject}", reserved, range(2**31), "0 or more")
    check_timeout(timeout, subject, 1_000, MAX_FUNCTION_MS, "seconds")
    check_vpc(
        subject,
        options["vpc"],
        options["vpc_subnets"],
        options["security_groups"],
        options["allow_public_subnet"],
    )


def _check_storage(name: str, storage: Size) -> None:
    try:
        size = storage.to_mebibytes()
    except RuntimeError:  # of a token in another unit, or of a part of a MiB
        raise ValueError(f"{name} must be in whole MiB; give it as Size.mebibytes(...)") from None
    if not storage.is_unresolved():
        check_whole(name, size, _STORAGE_SIZES, "512 to 10240 MiB")
