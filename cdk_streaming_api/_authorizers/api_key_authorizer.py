"""Authorize clients by keys, as the SDKs of OpenAI and Anthropic send them instead of signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from .._common.former_logical_id import keep_logical_id
from .._common.keyword_options import InitSignature, checks_arguments
from .._common.tokens import check_known, known_amount
from .._lambda.assets import function_code
from .._lambda.function_parts import FunctionWithParts, LogOfFunction
from .._lambda.options import check_runtime
from .._lambda.vpc import check_vpc, grant_vpc_access
from .function_to_come import function_to_come

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms


class ApiKeyAuthorizer(apigateway.RequestAuthorizer):
    """Defines an authorizer that takes a key in ``Authorization: Bearer`` or in ``x-api-key``.

    The keys are in a secret, a JSON object of client names to keys. With usage plans each is metered::

        keys = ApiKeyAuthorizer(self, "Keys")
        metered = StreamingApi(self, "Metered", model=model, authorizer=keys, api_key_required=True)
        metered.add_stream("chat")
        metered.add_usage_plan(
            "Small",
            api_keys=[keys.add_api_key("default")],
            throttle=apigateway.ThrottleSettings(rate_limit=5, burst_limit=10),
        )

    Its attributes ``function`` and ``secret`` are what it creates, below it. API Gateway caches nothing of
    what it answers, since a cache would want one and the same header from everybody.
    """

    #: what a StreamingApi with this authorizer takes as the source of keys
    api_key_source_type = apigateway.ApiKeySourceType.AUTHORIZER

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        secret: secretsmanager.ISecret | None = None,
        attributes: secretsmanager.ISecret | None = None,
        encryption_key: kms.IKey | None = None,
        keys_ttl: Duration | None = None,
        runtime: lambda_.Runtime | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        """Define the authorizer, its function and, if none is given, its secret.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param secret: a JSON object of client names to keys of at least 20 characters.
            Default: - a new secret with a generated key of the client ``default``
        :param attributes: a JSON object of client names to what each may do: ``models``, ``budget`` and
            ``expires``, as docs/how-to-keys.md has it. Default: - whatever the API allows, for ever
        :param encryption_key: the key that encrypts the new secret, the function's environment and its log.
            Default: - keys of AWS
        :param keys_ttl: how long the function keeps the keys that it read. Default: 5 minutes
        :param runtime: a managed Python runtime, 3.10 or later. Default: Runtime.PYTHON_3_14
        :param vpc: the VPC that the function is in; from there it reaches AWS Secrets Manager through an
            interface endpoint or a NAT gateway. Default: - none
        :param vpc_subnets: where in the VPC. Default: - the private subnets
        :param security_groups: what its connections are subject to.
            Default: - one of its own, with which it may connect to everything
        :param log_retention: how long its log is kept. Default: one month
        :param removal_policy: what becomes of its log with the authorizer. Default: RemovalPolicy.RETAIN
        :raises ValueError: when an argument about the VPC comes without one, or Lambda would not accept the
            runtime or the time.
        """
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        check_runtime(f"runtime of authorizer '{construct_id}'", runtime)
        check_vpc(f"authorizer '{construct_id}'", vpc, vpc_subnets, security_groups, False)
        if keys_ttl:
            known_amount(f"keys_ttl of authorizer '{construct_id}'", keys_ttl, "seconds")
        super().__init__(
            scope,
            construct_id,
            handler=function_to_come(scope, construct_id, self),
            # an identity source that is missing means 401, and clients send one header or the other
            identity_sources=[],
            results_cache_ttl=Duration.seconds(0),
        )
        self.secret = secret or _new_secret(self, encryption_key)
        self.function = _KeysFunction(
            self,
            "Function",
            secret=self.secret,
            attributes=attributes,
            keys_ttl=keys_ttl,
            runtime=runtime,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=[*security_groups],
            log=LogOfFunction(log_retention, None, removal_policy, encryption_key),
        )
        # a stage goes on calling the function of its deployment, which an app may not replace with this one
        keep_logical_id(self.function, beside=self)
        self.function.add_permission(
            "Invoke",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self.authorizer_arn,
        )

    @checks_arguments
    def add_api_key(self, client: str) -> apigateway.ApiKey:
        """Define the key of a client in API Gateway, so that usage plans can meter what it calls.

        CloudFormation copies it from the secret when it creates the key, and not again: a client whose key
        is rotated gets a new name.

        :param client: the name that the secret has for the client.
        :raises ValueError: when it is empty, or the client has a key already.
        """
        check_known("client", client, "it is in ids of constructs")
        if not client:
            raise ValueError("client must be a name that the secret has, got ''")
        key_id = f"Key {client}"
        if self.node.try_find_child(key_id):
            raise ValueError(f"client '{client}' has an API key already; define one for each client")
        return apigateway.ApiKey(
            self,
            key_id,
            description=f"Key of {client}",
            value=self.secret.secret_value_from_json(client).unsafe_unwrap(),
        )


class _KeysFunction(FunctionWithParts):
    """The function that compares a caller's key with those of the secret."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        secret: secretsmanager.ISecret,
        attributes: secretsmanager.ISecret | None,
        keys_ttl: Duration | None,
        runtime: lambda_.Runtime,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: list[ec2.ISecurityGroup],
        log: LogOfFunction,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            code=function_code("authorizer"),
            handler="authorizer.handler.handler",
            runtime=runtime,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.seconds(15),
            description="Decides who may call a streaming API",
            environment={
                "KEYS_SECRET_ARN": secret.secret_arn,
                "KEYS_TTL_SECONDS": str((keys_ttl or Duration.minutes(5)).to_seconds()),
                **({"ATTRIBUTES_SECRET_ARN": attributes.secret_arn} if attributes else {}),
            },
            environment_encryption=log.encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            tracing=lambda_.Tracing.ACTIVE,
        )
        role = self._define_parts(log)
        if vpc:
            grant_vpc_access(role)
        secret.grant_read(self)
        if attributes:
            attributes.grant_read(self)


def _new_secret(authorizer: ApiKeyAuthorizer, encryption_key: kms.IKey | None) -> secretsmanager.Secret:
    secret = secretsmanager.Secret(
        authorizer,
        "Secret",
        encryption_key=encryption_key,
        description="Keys of the clients of a streaming API: a JSON object of names to keys",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template="{}",  # noqa: S106, the key is put into it
            generate_string_key="default",
            password_length=48,
            exclude_punctuation=True,
        ),
    )
    keep_logical_id(secret, beside=authorizer)
    return secret
