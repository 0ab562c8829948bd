"""Describe what the gateway serves as plain values, which the sources make and everything else takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from streaming_api_templates.template.unsupported import UnsupportedError as UnsupportedError

from .json_schema import BodySchema

#: API Gateway's default for an integration that names no timeout.
#: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (timeoutInMillis)
DEFAULT_INTEGRATION_SECONDS = 29.0


class TransferMode(Enum):
    """``ResponseTransferMode`` of an integration."""

    BUFFERED = "BUFFERED"
    STREAM = "STREAM"


@dataclass(frozen=True)
class Function:
    """A Lambda function as its configuration describes it.

    :param code: the directory that Lambda would unpack to /var/task
    :param layers: the directories that Lambda would merge into /opt, in the order of the configuration
    :param timeout: seconds
    :param memory: MB
    :param qualifiers: its versions and aliases
    :param reserved_concurrency: invocations that may run at the same time. Default: - it shares what is left
    """

    name: str
    arn: str
    runtime: str
    handler: str
    code: Path
    layers: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3.0
    memory: int = 128
    qualifiers: tuple[str, ...] = ()
    reserved_concurrency: int | None = None


@dataclass(frozen=True)
class LambdaIntegration:
    """``AWS_PROXY``; ``timeout`` in seconds."""

    function: Function
    mode: TransferMode = TransferMode.STREAM
    timeout: float = DEFAULT_INTEGRATION_SECONDS


@dataclass(frozen=True)
class MockResponse:
    """One entry of ``IntegrationResponses``."""

    status: int
    selection_pattern: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MockIntegration:
    """``MOCK``, as CORS preflights use it.

    :param takes_text: whether ``ContentHandling`` makes text of a body that is binary. Default: False
    """

    request_templates: Mapping[str, str]
    responses: tuple[MockResponse, ...]
    takes_text: bool = False


@dataclass(frozen=True)
class HttpIntegration:
    """``HTTP_PROXY``, also a private one; ``timeout`` in seconds.

    :param method: ``ANY`` passes the client's on
    :param parameters: the mapping, ``integration.request.path.NAME`` to where the value comes from
    """

    url: str
    method: str = "ANY"
    parameters: Mapping[str, str] = field(default_factory=dict)
    mode: TransferMode = TransferMode.STREAM
    timeout: float = DEFAULT_INTEGRATION_SECONDS


@dataclass(frozen=True)
class UnsupportedIntegration:
    """An integration that cannot be served; only a request to it fails, not the whole API."""

    reason: str


Integration = LambdaIntegration | HttpIntegration | MockIntegration | UnsupportedIntegration


@dataclass(frozen=True)
class LambdaAuthorizer:
    """A ``TOKEN`` or ``REQUEST`` authorizer.

    :param kind: ``TOKEN`` or ``REQUEST``
    :param identity_sources: such as ``method.request.header.Authorization``
    :param ttl: how long an answer holds, in seconds
    """

    name: str
    kind: str
    function: Function
    identity_sources: tuple[str, ...] = ()
    validation_expression: str | None = None
    ttl: float = 300.0


@dataclass(frozen=True)
class CognitoAuthorizer:
    """An authorizer of the type ``COGNITO_USER_POOLS``.

    :param pools: ARNs of the user pools
    :param identity_source: where the token is, such as ``method.request.header.Authorization``
    :param validation_expression: what the audience of a token must match
    """

    name: str
    pools: tuple[str, ...]
    identity_source: str = "method.request.header.Authorization"
    validation_expression: str | None = None


#: An authorizer, or why it cannot be asked locally.
Authorizer = LambdaAuthorizer | CognitoAuthorizer | str


@dataclass(frozen=True)
class Throttle:
    """Requests per second on average, and how many at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class ApiKey:
    """An API key; ``value`` is what clients send."""

    id: str
    value: str
    enabled: bool = True


@dataclass(frozen=True)
class UsagePlan:
    """A usage plan: the limits of the keys in it.

    :param stages: names of stages of the API
    :param throttles: of single methods beside that, by ``STAGE /path METHOD``
    :param quota: requests per period
    :param period: ``DAY``, ``WEEK`` or ``MONTH``
    """

    name: str
    keys: tuple[ApiKey, ...]
    stages: tuple[str, ...]
    throttle: Throttle | None = None
    throttles: Mapping[str, Throttle] = field(default_factory=dict)
    quota: int | None = None
    period: str = "DAY"


@dataclass(frozen=True)
class RequestRules:
    """The demands of the request validator of a method on a request.

    :param parameters: what must be there, such as ``method.request.querystring.page``
    :param bodies: what a body must be like, by media type or ``$default``
    """

    parameters: tuple[str, ...] = ()
    bodies: Mapping[str, BodySchema] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """A method of a resource; ``path`` is the resource path, such as ``/reports/{id}``."""

    method: str
    path: str
    integration: Integration
    authorization: str = "NONE"
    api_key_required: bool = False
    resource_id: str = ""
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    rules: RequestRules = field(default_factory=RequestRules)


@dataclass(frozen=True)
class GatewayResponse:
    """A gateway response: one of API Gateway's own, as the template changes it."""

    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """A stage; without a format it writes no access log.

    :param throttles: by ``/path METHOD``, or ``*`` for all other methods
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    access_log_format: str | None = None
    throttles: Mapping[str, Throttle] = field(default_factory=dict)


@dataclass(frozen=True)
class Api:
    """A REST API with everything that its requests depend on."""

    id: str
    name: str
    routes: tuple[Route, ...]
    stages: tuple[Stage, ...]
    endpoint_type: str = "EDGE"
    binary_media_types: tuple[str, ...] = ()
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    api_key_source: str = "HEADER"
    usage_plans: tuple[UsagePlan, ...] = ()


@dataclass(frozen=True)
class FunctionUrl:
    """A function URL.

    :param host: the one that Lambda would give it
    :param function: what answers, or why nothing does
    :param cors: ``Cors`` of the template; None when it has none
    :param has_distribution: whether a distribution of CloudFront is in front of it, which nothing is here
    """

    id: str
    host: str
    function: Function | UnsupportedIntegration
    streams: bool = False
    authorization: str = "AWS_IAM"
    cors: Mapping[str, object] | None = None
    has_distribution: bool = False


@dataclass(frozen=True)
class Secret:
    """A secret of AWS Secrets Manager.

    :param id: what functions ask for it by, its ARN or its name
    :param made_up: whether the value is one of this machine, because only AWS knows the true one
    """

    id: str
    value: str = field(repr=False)
    made_up: bool = False


@dataclass(frozen=True)
class Table:
    """A table of DynamoDB that keeps streams.

    :param attributes: names and types, ``S``, ``N`` or ``B``, of the attributes that are keys
    :param keys: names and types, ``HASH`` or ``RANGE``, of the keys
    """

    name: str
    attributes: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Application:
    """All REST APIs, function URLs, functions and secrets of a stack, and where the stack is."""

    apis: tuple[Api, ...]
    region: str
    account: str
    functions: tuple[Function, ...] = ()
    secrets: tuple[Secret, ...] = ()
    tables: tuple[Table, ...] = ()
    urls: tuple[FunctionUrl, ...] = ()
