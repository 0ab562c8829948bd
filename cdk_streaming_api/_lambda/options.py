"""Name the options that streaming functions share, once for every construct that takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from .._common.cors import DEFAULTS as CORS_DEFAULTS
from .._common.cors import CorsOptions
from .function_parts import LogOfFunction
from .stream_store import StreamStore

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms


class FunctionOptions(TypedDict, total=False):
    """Options of every streaming function.

    :param function_name: name of the function; a change of it replaces the function.
        Default: - CloudFormation generates one
    :param description: what the function is for. Default: - what a bundled function does, else none
    :param role: the role that the function has; it gets the permissions that the function needs.
        Default: - one of its own, without AWS managed policies
    :param environment: environment variables, 4 KB with their names; those that a bundled function reads have
        arguments. Default: - none
    :param layers: layers beside the streaming layer. Default: - none
    :param architecture: instruction set. Default: Architecture.ARM_64
    :param ephemeral_storage: size of ``/tmp``, 512 to 10240 MiB. Default: 512 MiB
    :param tracing: whether AWS X-Ray traces the function. Default: Tracing.ACTIVE
    :param runtime: a managed Python runtime, 3.10 or later. Default: Runtime.PYTHON_3_14
    :param precompile: whether the streaming layer, and the code of a bundled function, have bytecode for the
        runtime, which spares cold starts from compiling it; ``cdk synth`` then needs that Python on the path,
        or Docker. Default: False
    :param memory_size: memory in MiB, 128 to 10240; it also sets the share of a processor. Default: 512
    :param timeout: how long one stream may take, 1 second to 15 minutes. Default: 15 minutes
    :param environment_encryption: the key that encrypts the environment at rest. Default: - a key of AWS
    :param vpc: the VPC to be in: what the function connects to, it connects to from there; to Amazon Bedrock
        through an interface endpoint for ``bedrock-runtime`` or a NAT gateway. Its role then allows Lambda to
        manage network interfaces, which is denied to its code. Default: - none
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
    :param store: keeps its streams, so that clients resume, follow and cancel them; an API with the same
        store has the routes for it. Default: - nothing is kept
    :param log_group: the log group that it writes to; the other arguments about the log do not go with it.
        Default: - one of its own
    :param log_retention: how long its own log is kept. Default: one month
    :param log_encryption_key: the key that encrypts its own log. Default: - a key of AWS
    :param removal_policy: what becomes of its own log with the function. Default: RemovalPolicy.RETAIN
    """

    function_name: str | None
    description: str | None
    role: iam.IRole | None
    environment: Mapping[str, str] | None
    layers: Sequence[lambda_.ILayerVersion]
    architecture: lambda_.Architecture | None
    ephemeral_storage: Size | None
    tracing: lambda_.Tracing | None
    runtime: lambda_.Runtime | None
    precompile: bool
    memory_size: int
    timeout: Duration | None
    environment_encryption: kms.IKey | None
    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup]
    allow_public_subnet: bool
    reserved_concurrent_executions: int | None
    snap_start: lambda_.SnapStartConf | None
    runtime_management_mode: lambda_.RuntimeManagementMode | None
    store: StreamStore | None
    log_group: logs.ILogGroup | None
    log_retention: logs.RetentionDays
    log_encryption_key: kms.IKey | None
    removal_policy: RemovalPolicy | None


class BundledOptions(CorsOptions, FunctionOptions, total=False):
    """Options of every bundled function: its handler answers to pages of other origins too."""


#: the defaults that are not None
DEFAULTS: Mapping[str, object] = {
    "precompile": False,
    "layers": (),
    "memory_size": 512,
    "security_groups": (),
    "allow_public_subnet": False,
    "log_retention": logs.RetentionDays.ONE_MONTH,
}
#: those of a bundled function
BUNDLED_DEFAULTS = {**CORS_DEFAULTS, **DEFAULTS}


def function_runtime(options: FunctionOptions) -> lambda_.Runtime:
    """Return the runtime of a function."""
    return options["runtime"] or lambda_.Runtime.PYTHON_3_14


def check_runtime(subject: str, runtime: lambda_.Runtime) -> None:
    """Refuse a runtime that ``lambda_streaming`` is not for.

    :param subject: name of the argument and whose it is, for the message.
    """
    version = re.fullmatch(r"python3\.([0-9]+)", runtime.name)
    if not version or int(version[1]) < 10:
        raise ValueError(f"{subject} must be a managed Python runtime, 3.10 or later, got {runtime.name}")


def bytecode_runtime(options: FunctionOptions) -> lambda_.Runtime | None:
    """Return the runtime to have bytecode for, or None where sources are enough."""
    return function_runtime(options) if options["precompile"] else None


def log_of(subject: str, options: FunctionOptions) -> LogOfFunction:
    """Return the log of a function.

    :param subject: whose log it is, for the message.
    :raises ValueError: when a log group that is there comes with how to define one.
    """
    group = options["log_group"]
    for name in ("log_encryption_key", "removal_policy") if group else ():
        if options.get(name):
            raise ValueError(f"{name} of {subject} is of its own log; set it on the log_group that you pass")
    return LogOfFunction(
        options["log_retention"], group, options["removal_policy"], options["log_encryption_key"]
    )


def environment_beside(
    subject: str, own: Mapping[str, str], given: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the variables of a bundled function with those that the app adds.

    :param subject: whose environment it is, for the message.
    :raises ValueError: when the app sets what an argument of the function decides.
    """
    for name in given or {}:
        if name in own or name.startswith(("BEDROCK_", "CORS_")):
            raise ValueError(f"environment of {subject} must not have {name}, which arguments decide")
    return {**own, **(given or {})}
