"""REST APIs as the rules see them, whichever way a template spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...template.lenient_json import Json, flag, items, mapping, number, text
from ...template.template import Resource
from .function import Function

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
_LAMBDA_URI = re.compile(
    r"^arn:[^:]*:apigateway:[^:]*:lambda:path/(?P<version>\d{4}-\d\d-\d\d)/functions/(?P<function>.+)/"
    r"(?P<action>[a-z-]*invocations)$"
)


@dataclass(frozen=True)
class LambdaUri:
    """The URI of an integration with a function.

    :param version: of Lambda's API
    :param function: name or ARN of the function
    :param action: last part of the path
    """

    version: str
    function: str
    action: str

    @classmethod
    def parse(cls, uri: str) -> LambdaUri | None:
        """Return the parts of a URI, None when it is not of a function."""
        found = _LAMBDA_URI.match(uri)
        return cls(found["version"], found["function"], found["action"]) if found else None

    @property
    def ending(self) -> str:
        """What tells the two ways of invoking apart, as a message shows it."""
        return f"{self.version}/.../{self.action}"

    @property
    def streams(self) -> bool:
        """Whether it is the URI that goes with STREAM."""
        return (self.version, self.action) == ("2021-11-15", "response-streaming-invocations")

    @property
    def buffers(self) -> bool:
        """Whether it is the URI that goes with BUFFERED."""
        return (self.version, self.action) == ("2015-03-31", "invocations")


@dataclass(frozen=True)
class Api:
    """A REST API.

    :param resource: the ``AWS::ApiGateway::RestApi`` or ``AWS::Serverless::Api``
    :param endpoint_type: EDGE, REGIONAL or PRIVATE; empty when it is not known
    :param has_policy: whether it has a resource policy
    :param minimum_compression_size: in bytes, None when it is not set
    """

    resource: Resource
    endpoint_type: str
    has_policy: bool
    minimum_compression_size: int | None


@dataclass(frozen=True)
class Method:
    """A method of a REST API with its integration.

    :param resource: the resource that defines it
    :param api: None when it is not in the app
    :param verb: HTTP method, upper case, or ANY
    :param path: path of the resource, None when it is not known
    :param place: property path of the integration
    :param integration: with the names of CloudFormation
    :param is_open: whether anybody may call it
    :param uri: parsed URI of a function, None for other integrations
    :param function: the function behind it, None when it is not in the app
    :param target: what the URI names, as permissions do; None without a URI, as for SAM's events
    :param method_responses: the declared ``MethodResponses``
    :param camel_case: whether the template spells properties as OpenAPI does
    """

    resource: Resource
    api: Api | None
    verb: str
    path: str | None
    place: str
    integration: Mapping[str, Json]
    is_open: bool
    uri: LambdaUri | None = None
    function: Function | None = None
    target: str | None = None
    method_responses: Sequence[Json] = ()
    camel_case: bool = field(default=False, repr=False)

    def at(self, name: str) -> str:
        """Return the property path of a property of the integration, as the template spells it.

        :param name: its name in CloudFormation
        """
        spelled = {"IntegrationResponses": "responses"}.get(name, name[0].lower() + name[1:])
        return f"{self.place}.{spelled if self.camel_case else name}"

    @property
    def label(self) -> str:
        """Verb and path, for messages."""
        return f"{self.verb} {self.path or '(unknown path)'}"

    @property
    def mode(self) -> str:
        """The transfer mode as the template has it; BUFFERED is the default."""
        return text(self.integration.get("ResponseTransferMode", "BUFFERED"))

    @property
    def streams(self) -> bool:
        """Whether the response is passed on while it is written."""
        return self.mode == "STREAM"

    @property
    def type(self) -> str:
        """Type of the integration, upper case."""
        return text(self.integration.get("Type")).upper()

    @property
    def timeout_ms(self) -> int | None:
        """The timeout of the integration, None when it is unset or not known."""
        return number(self.integration.get("TimeoutInMillis"))


def api_of(resource: Resource) -> Api:
    """Return the API that an ``AWS::ApiGateway::RestApi`` or ``AWS::Serverless::Api`` defines."""
    properties = resource.properties
    body = body_of(resource)
    endpoint = properties.get("EndpointConfiguration", body.get("x-amazon-apigateway-endpoint-configuration"))
    types = mapping(endpoint).get(
        "Types", mapping(endpoint).get("types", mapping(endpoint).get("Type", endpoint))
    )
    # without a type it is EDGE: https://docs.aws.amazon.com/apigateway/latest/api/API_EndpointConfiguration.html
    first = next(iter(items(types)), "EDGE")
    compression = properties.get(
        "MinimumCompressionSize", body.get("x-amazon-apigateway-minimum-compression-size")
    )
    auth = mapping(properties.get("Auth"))
    policies = (properties.get("Policy"), body.get("x-amazon-apigateway-policy"), auth.get("ResourcePolicy"))
    return Api(
        resource=resource,
        endpoint_type=text(first).upper() if isinstance(first, str) and "${" not in first else "",
        has_policy=any(policies),
        minimum_compression_size=number(compression),
    )


def body_of(resource: Resource) -> Mapping[str, Json]:
    """Return the OpenAPI definition that a template holds, empty when it has none."""
    return mapping(resource.properties.get("Body", resource.properties.get("DefinitionBody")))


def required_key(properties: Mapping[str, Json]) -> bool:
    """Say whether a method asks for an API key."""
    return flag(properties.get("ApiKeyRequired", False))
