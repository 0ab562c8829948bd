"""A Python function that can stream its response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .._common.argument_checks import check_whole
from .._common.log_metric import LogMetric
from .._common.timeouts import MAX_FUNCTION_MS, check_timeout
from .role_and_logs import check_environment, function_parts
from .streaming_layer import StreamingLayer
from .vpc import check_vpc, grant_vpc_access

if TYPE_CHECKING:  # what only types need would make every synthesis longer
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MEMORY_SIZES = range(128, 10_241)


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
        environment_encryption: kms.IKey | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        precompile: bool = False,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        allow_public_subnet: bool = False,
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
        :param environment: environment variables, 4 KB with their names. Default: - none
        :param environment_encryption: the key that encrypts them at rest. Default: - a key of AWS
        :param layers: layers beside the streaming layer. Default: - none
        :param precompile: whether the streaming layer has bytecode for the runtime, which spares cold starts
            from compiling it; ``cdk synth`` then needs that Python on the path, or Docker. Default: False
        :param vpc: the VPC to be in: what the function connects to, it connects to from there. Its role then
            allows Lambda to manage network interfaces, which is denied to its code. Default: - none
        :param vpc_subnets: where in the VPC. Default: - the private subnets
        :param security_groups: what its connections are subject to.
            Default: - one of its own, with which it may connect to everything
        :param allow_public_subnet: whether it may be in a public subnet, where it has no way to the Internet.
            Default: False
        :param reserved_concurrent_executions: how many streams may run at once; it is taken from what the
            account's other functions share. Default: - no limit of its own
        :param snap_start: starts from a snapshot, but only published versions do: give streams
            ``current_version`` or the alias of a ``GradualRollout``. Default: - none
        :param runtime_management_mode: when the runtime gets AWS's updates. Default: - automatically
        :param description: what the function is for. Default: - none
        :param log_retention: how long its log is kept. Default: one month
        :raises ValueError: when Lambda would not accept the timeout, the memory or the environment,
            or an argument about the VPC comes without one.
        """
        timeout = timeout or Duration.millis(MAX_FUNCTION_MS)
        subject = f"function '{construct_id}'"
        check_whole(f"memory_size of {subject}", memory_size, _MEMORY_SIZES, "128 to 10240 MiB")
        if reserved_concurrent_executions is not None:
            name = f"reserved_concurrent_executions of {subject}"
            check_whole(name, reserved_concurrent_executions, range(2**31), "0 or more")
        check_timeout(timeout, subject, 1_000, MAX_FUNCTION_MS)
        check_environment(subject, environment or {})
        check_vpc(subject, vpc, vpc_subnets, security_groups, allow_public_subnet)
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        parts = function_parts(scope, construct_id, log_retention)
        if vpc:
            grant_vpc_access(parts.role)
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
            environment_encryption=environment_encryption,
            layers=[StreamingLayer.of(scope, compiled_for=runtime if precompile else None), *layers],
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=[*security_groups],
            allow_public_subnet=allow_public_subnet,
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
