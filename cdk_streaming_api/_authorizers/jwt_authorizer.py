"""Authorize clients by the access tokens of an OAuth authorization server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, IResolveContext, IStringProducer, Lazy, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IValidation

from .._common.keyword_options import InitSignature, checks_arguments
from .._common.tokens import begins_with_token, check_list_known, without_tokens
from .._lambda.assets import function_code
from .._lambda.function_parts import FunctionWithParts, LogOfFunction, check_environment
from .._lambda.options import check_runtime
from .._lambda.vpc import check_vpc, grant_vpc_access
from .function_to_come import function_to_come

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms

# RFC 8414, section 2: a URL with https, and for an issuer neither a query nor a fragment
_ISSUER = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
_KEYS = re.compile(r"https://[^\s/?#@]+(/[^\s#]*)?")


class JwtAuthorizer(apigateway.TokenAuthorizer):
    """Defines an authorizer that takes access tokens of one issuer, signed with RS256.

    Tokens of any issuer that publishes its keys::

        tokens = JwtAuthorizer(
            self,
            "Tokens",
            issuer="https://example.eu.auth0.com/",
            jwks_url="https://example.eu.auth0.com/.well-known/jwks.json",
            audience=["https://api.example.com/mcp"],
            scopes=["mcp/call"],
        )
        StreamingApi(self, "Tools", model=model, authorizer=tokens).add_stream("chat")

    A token that is missing, expired, or not for this API is answered with 401, one that lacks a scope with
    403. The function behind the API finds ``principalId``, which is ``sub`` of the token, ``client_id`` and
    ``scope`` in ``requestContext.authorizer``. API Gateway caches nothing of the answers, so no token lives
    longer than it says.

    Its attribute ``function`` is below it.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        issuer: str,
        jwks_url: str,
        audience: Sequence[str] = (),
        client_ids: Sequence[str] = (),
        scopes: Sequence[str] = (),
        encryption_key: kms.IKey | None = None,
        runtime: lambda_.Runtime | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        """Define the authorizer and its function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param issuer: what ``iss`` of a token must be, to the letter, with ``https``.
        :param jwks_url: where the issuer publishes its keys, with ``https``. They are kept for at most an
            hour; a key that is not among them is asked for at most once a minute.
        :param audience: of which ``aud`` of a token must name one; a token without ``aud`` needs
            ``client_ids``. An MCP server with this authorizer adds its URL. Default: - none
        :param client_ids: whose tokens are taken, by ``client_id``, ``azp`` or ``cid``; they need no ``aud``
            then, and ``scopes`` must be given. Default: - those of every client, with an ``aud``
        :param scopes: what a token must have in ``scope`` or ``scp``, all of them. Default: - nothing
        :param encryption_key: the key that encrypts the function's environment and its log.
            Default: - keys of AWS
        :param runtime: a managed Python runtime, 3.10 or later. Default: Runtime.PYTHON_3_14
        :param vpc: the VPC that the function is in; from there it reaches the issuer through a NAT gateway.
            Default: - none
        :param vpc_subnets: where in the VPC. Default: - the private subnets
        :param security_groups: what its connections are subject to.
            Default: - one of its own, with which it may connect to everything
        :param log_retention: how long its log is kept. Default: one month
        :param removal_policy: what becomes of its log with the authorizer. Default: RemovalPolicy.RETAIN
        :raises ValueError: when a URL is not one with https, clients are named without scopes, a name has a
            blank in it, or Lambda would not accept the runtime.
        """
        subject = f"authorizer '{construct_id}'"
        _check_url(f"issuer of {subject}", issuer, _ISSUER, "https://example.eu.auth0.com/")
        _check_url(
            f"jwks_url of {subject}", jwks_url, _KEYS, "https://example.eu.auth0.com/.well-known/jwks.json"
        )
        for name, values in (("audience", audience), ("client_ids", client_ids), ("scopes", scopes)):
            _check_names(f"{name} of {subject}", values)
        if client_ids and not scopes:
            raise ValueError(
                f"client_ids of {subject} need scopes: a token without aud says by its scopes what it is for"
            )
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        check_runtime(f"runtime of {subject}", runtime)
        check_vpc(subject, vpc, vpc_subnets, security_groups, False)
        super().__init__(
            scope,
            construct_id,
            handler=function_to_come(scope, construct_id, self),
            results_cache_ttl=Duration.seconds(0),
        )
        self._audience = list(audience)
        self._needs_audience = not client_ids
        self.function = _TokenFunction(
            self,
            "Function",
            environment={
                "ISSUER": issuer,
                "JWKS_URL": jwks_url,
                **{
                    name: " ".join(values)
                    for name, values in {"CLIENT_IDS": client_ids, "SCOPES": scopes}.items()
                    if values
                },
            },
            audience=_Audience(self._audience),
            runtime=runtime,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=[*security_groups],
            log=LogOfFunction(log_retention, None, removal_policy, encryption_key),
        )
        self.function.add_permission(
            "Invoke",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self.authorizer_arn,
        )
        self.node.add_validation(_HasAudience(self))

    @checks_arguments
    def add_audience(self, url: str) -> None:
        """Take tokens for a further audience, such as a URL that is known when its API is.

        :param url: what ``aud`` of a token may name.
        :raises ValueError: when it is empty, or has a blank in it.
        """
        _check_names(f"audience of authorizer '{self.node.id}'", [url])
        if url not in self._audience:
            self._audience.append(url)


class _TokenFunction(FunctionWithParts):
    """The function that verifies tokens; it may do nothing but write its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: dict[str, str],
        audience: IStringProducer,
        runtime: lambda_.Runtime,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: list[ec2.ISecurityGroup],
        log: LogOfFunction,
    ) -> None:
        check_environment(f"authorizer '{scope.node.id}'", environment)
        super().__init__(
            scope,
            construct_id,
            code=function_code("jwt_authorizer"),
            handler="jwt_authorizer.handler.handler",
            runtime=runtime,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.seconds(15),
            description="Decides by access tokens who may call a streaming API",
            environment={**environment, "AUDIENCE": Lazy.uncached_string(audience)},
            environment_encryption=log.encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            tracing=lambda_.Tracing.ACTIVE,
        )
        role = self._define_parts(log)
        if vpc:
            grant_vpc_access(role)


@jsii.implements(IStringProducer)
class _Audience:
    """The audiences of an authorizer, known when the app is complete."""

    def __init__(self, audience: list[str]) -> None:
        self._audience = audience

    def produce(self, _context: IResolveContext) -> str | None:
        """Return them, separated by blanks."""
        return " ".join(self._audience) or None


@jsii.implements(IValidation)
class _HasAudience:
    """Refuses an authorizer that would refuse every token."""

    def __init__(self, authorizer: JwtAuthorizer) -> None:
        self._authorizer = authorizer

    def validate(self) -> list[str]:
        """Return the error, or none."""
        authorizer = self._authorizer
        if authorizer._audience or not authorizer._needs_audience:
            return []
        return [
            f"authorizer '{authorizer.node.id}' takes no token: give it an audience, or client_ids and scopes"
        ]


def _check_url(name: str, url: str, form: re.Pattern[str], example: str) -> None:
    if not begins_with_token(url) and not form.fullmatch(without_tokens(url, "x")):
        raise ValueError(f"{name} must be a URL like {example}, got '{url}'")


def _check_names(name: str, values: Sequence[str]) -> None:
    check_list_known(name, values, "they are separated by blanks")
    for value in values:
        if not value or without_tokens(value, "x").split() != [without_tokens(value, "x")]:
            raise ValueError(f"{name} must be texts without blanks, got '{value}'")
