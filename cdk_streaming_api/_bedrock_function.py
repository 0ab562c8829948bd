"""The bundled chat handler, which answers with what an Amazon Bedrock model generates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._apigateway.cors import Cors
from ._bedrock.model import BedrockModel
from ._bedrock.settings import (
    BedrockCallerSetting,
    BedrockGuardrailStreaming,
    BedrockLatency,
    BedrockServiceTier,
    BedrockSettings,
)
from ._lambda.assets import function_code
from ._lambda.role_and_logs import check_environment
from ._lambda.streaming_function import StreamingFunction

if TYPE_CHECKING:  # what only types need would make every synthesis longer
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms


class BedrockFunction(StreamingFunction):
    """Defines the function that takes ``{"prompt": "..."}`` and streams the model's answer.

    It may stream from its models and from nothing else::

        chat = BedrockFunction(self, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"), max_tokens=2000)
        api.add_stream("chat", handler=chat)

    What is decided here a caller cannot change. A client that goes away is not noticed before the answer is
    complete: ``max_tokens`` and ``timeout`` are what limits its cost.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: BedrockModel,
        models: Sequence[BedrockModel] = (),
        max_tokens: int | None = None,
        system_prompt: str | None = None,
        service_tier: BedrockServiceTier | None = None,
        latency: BedrockLatency | None = None,
        guardrail_streaming: BedrockGuardrailStreaming | None = None,
        caller_settings: Sequence[BedrockCallerSetting] = (),
        caller_may_send: Sequence[str] = ("default",),
        strict_members: bool = False,
        log_content: bool = False,
        runtime: lambda_.Runtime | None = None,
        precompile: bool = False,
        memory_size: int = 512,
        timeout: Duration | None = None,
        environment_encryption: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        allow_public_subnet: bool = False,
        allow_origins: Sequence[str] = (),
        allow_credentials: bool = False,
        reserved_concurrent_executions: int | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
        runtime_management_mode: lambda_.RuntimeManagementMode | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param model: the model that answers callers who name none. Its guardrail goes with every request.
        :param models: further models that a caller may name, by id or by the last part of the ARN.
            Default: - none
        :param max_tokens: the most tokens that an answer may have, whatever a caller asks for.
            Default: - what the caller asks for, else the model's maximum
        :param system_prompt: goes before every conversation; up to 2048 bytes. Default: - the caller's
        :param service_tier: how requests are charged and served. Default: - Bedrock's default
        :param latency: whether the model's latency-optimized form is asked for. Default: - Bedrock's default
        :param guardrail_streaming: when the guardrails let text through. Default: - Bedrock's default, SYNC
        :param caller_settings: what a caller may decide nevertheless. Default: - nothing
        :param caller_may_send: what a caller may send in ``additionalModelRequestFields``: paths of fields,
            such as ``thinking`` or ``tool_choice.disable_parallel_tool_use``, ``path=value`` for the values
            of a list, such as ``anthropic_beta=context-1m-2025-08-07``, and ``*`` for every field;
            ``s3Location`` for files that Bedrock reads with the function's role, ``systemTool`` for tools
            that Bedrock runs. ``default`` stands for the list of docs/formats.md. Default: ["default"]
        :param strict_members: whether members of a request that have no effect here, and that no table knows,
            are refused instead of dropped. Default: False
        :param log_content: whether prompts and answers are logged. Default: False
        :param runtime: a managed Python runtime, 3.10 or later. Default: Runtime.PYTHON_3_14
        :param precompile: whether function and streaming layer have bytecode for the runtime, which spares
            cold starts from compiling them; ``cdk synth`` then needs that Python on the path, or Docker.
            Default: False
        :param memory_size: memory in MiB, 128 to 10240. Default: 512
        :param timeout: how long one answer may take, up to 15 minutes. Default: 15 minutes
        :param environment_encryption: the key that encrypts its settings at rest. Default: - a key of AWS
        :param vpc: the VPC to be in, which then needs a way to Amazon Bedrock: an interface endpoint for
            ``bedrock-runtime`` or a NAT gateway. Default: - none
        :param vpc_subnets: where in the VPC. Default: - the private subnets
        :param security_groups: what its connections are subject to.
            Default: - one of its own, with which it may connect to everything
        :param allow_public_subnet: whether it may be in a public subnet, where it has no way to the Internet.
            Default: False
        :param allow_origins: origins of the pages that may read the responses, or ``*``. Default: - none
        :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
        :param reserved_concurrent_executions: how many streams may run at once; it is taken from what the
            account's other functions share. Default: - no limit of its own
        :param snap_start: starts from a snapshot, but only published versions do: give streams
            ``current_version`` or the alias of a ``GradualRollout``. Default: - none
        :param runtime_management_mode: when the runtime gets AWS's updates. Default: - automatically
        :param log_retention: how long its log is kept. Default: one month
        :raises ValueError: when Lambda would not accept the timeout, browsers the CORS arguments, or Bedrock
            the settings, or an argument about the VPC comes without one.
        """
        allowed = (model, *models)
        for each in allowed:
            if not isinstance(each, BedrockModel):
                raise TypeError(f"the model of '{construct_id}' must be a BedrockModel, got {each!r}")
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        settings = BedrockSettings(
            allowed,
            max_tokens=max_tokens,
            system_prompt=system_prompt,
            service_tier=service_tier,
            latency=latency,
            guardrail_streaming=guardrail_streaming,
            caller_settings=caller_settings,
            caller_may_send=caller_may_send,
            strict_members=strict_members,
            log_content=log_content,
        ).to_json()
        environment = {"BEDROCK_MODEL_ID": model.model_id}
        if settings:
            # what the CDK makes of it is a token, whose size is not known here
            written = {"BEDROCK_SETTINGS": json.dumps(settings, ensure_ascii=False, separators=(",", ":"))}
            check_environment(f"function '{construct_id}'", {**environment, **written})
            environment["BEDROCK_SETTINGS"] = Stack.of(scope).to_json_string(settings)
        cors = Cors.of(allow_origins, allow_credentials)
        super().__init__(
            scope,
            construct_id,
            code=function_code("chat", runtime if precompile else None),
            handler="chat.handler.handler",
            runtime=runtime,
            precompile=precompile,
            environment={**environment, **(cors.environment() if cors else {})},
            memory_size=memory_size,
            timeout=timeout,
            environment_encryption=environment_encryption,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            allow_public_subnet=allow_public_subnet,
            description="Streams what an Amazon Bedrock model answers",
            reserved_concurrent_executions=reserved_concurrent_executions,
            snap_start=snap_start,
            runtime_management_mode=runtime_management_mode,
            log_retention=log_retention,
        )
        self.model = model
        self.models = allowed
        for each in allowed:
            each.grant_stream(self)
