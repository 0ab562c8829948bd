"""Name the options that streaming functions share, once for every construct that takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from .._common.cors import DEFAULTS as CORS_DEFAULTS
from .._common.cors import CorsOptions
from .stream_store import StreamStore

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms


class FunctionOptions(TypedDict, total=False):
    """Options of every streaming function.

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
    :param log_retention: how long its log is kept. Default: one month
    """

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
    log_retention: logs.RetentionDays


class BundledOptions(CorsOptions, FunctionOptions, total=False):
    """Options of every bundled function: its handler answers to pages of other origins too."""


#: the defaults that are not None
DEFAULTS: Mapping[str, object] = {
    "precompile": False,
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


def bytecode_runtime(options: FunctionOptions) -> lambda_.Runtime | None:
    """Return the runtime to have bytecode for, or None where sources are enough."""
    return function_runtime(options) if options["precompile"] else None
