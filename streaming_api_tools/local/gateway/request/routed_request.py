"""Describe a request by what is known of it: received, in a stage, routed to a method.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ....client.proxy_event import Headers, Json, proxy_event, query_parameters
from ...application import Api, GatewayResponse, Route, Stage
from .context_variables import variables
from .headers import to_function


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was sent.

    :param path: the whole path with the stage, still percent-encoded
    :param query: the query string without the question mark, still percent-encoded
    :param prefix: what stood before the path, which only the signature covers
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"
    prefix: str = ""

    def header(self, name: str) -> str | None:
        """Return the last value of a header."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True)
class Reception:
    """The ids and the time that API Gateway gives a request; a function URL gives no extended id."""

    request_id: str
    extended_request_id: str
    trace_id: str
    time: datetime


@dataclass(frozen=True)
class Identity:
    """The caller of a request; empty when nobody asked for it.

    :param authorizer: what an authorizer returned about it
    """

    access_key: str | None = None
    account: str | None = None
    user: str | None = None
    arn: str | None = None
    api_key: str | None = None
    api_key_id: str | None = None
    authorizer: Mapping[str, Json] | None = None


ANONYMOUS = Identity()


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came in; it may be for no stage."""

    http: HttpRequest
    reception: Reception
    account: str

    @property
    def gateway_responses(self) -> Mapping[str, GatewayResponse]:
        """The responses that the API has for errors."""
        return {}

    @property
    def access_log_format(self) -> str | None:
        """The format of the access log, None when there is none."""
        return None

    @property
    def endpoint_type(self) -> str | None:
        """The type of the endpoint of the API."""
        return None

    def context(self) -> dict[str, Json]:
        """Return what is known now as ``requestContext``, which is what ``$context`` variables refer to."""
        return request_context(self)

    def value(self, expression: str) -> str | None:
        """Return what an expression of a parameter mapping stands for, None when the request has no such.

        :param expression: ``'text'``, ``method.request.{header|path|querystring}.NAME``,
            ``stageVariables.NAME`` or ``context.NAME``
        """
        if len(expression) >= 2 and expression[0] == expression[-1] == "'":
            return expression[1:-1]
        place, _, name = expression.removeprefix("method.request.").partition(".")
        if place in ("header", "multivalueheader"):
            return self.http.header(name)
        if place in ("querystring", "multivaluequerystring"):
            return dict(query_parameters(self.http.query)).get(name)
        if place == "context":
            return variables(self.context()).get(name)
        return self._named(place).get(name)

    def _named(self, place: str) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class StageRequest(ReceivedRequest):
    """A request to a stage; its path may lead to no method."""

    api: Api
    stage: Stage

    @property
    def gateway_responses(self) -> Mapping[str, GatewayResponse]:
        """The responses that the API has for errors."""
        return self.api.gateway_responses

    @property
    def access_log_format(self) -> str | None:
        """The format of the access log of the stage."""
        return self.stage.access_log_format

    @property
    def endpoint_type(self) -> str:
        """The type of the endpoint of the API."""
        return self.api.endpoint_type

    def context(self) -> dict[str, Json]:
        """Return the ``requestContext``."""
        return request_context(self, self.api, self.stage)

    def _named(self, place: str) -> Mapping[str, str]:
        return self.stage.variables if place == "stageVariables" else {}


@dataclass(frozen=True)
class RoutedRequest(StageRequest):
    """A request to a method of an API.

    :param path_parameters: decoded
    """

    route: Route
    path_parameters: Mapping[str, str]
    identity: Identity = ANONYMOUS

    def context(self) -> dict[str, Json]:
        """Return the ``requestContext``."""
        return request_context(self, self.api, self.stage, self.route, self.identity)

    def proxy_event(self) -> dict[str, Json]:
        """Return the event for a Lambda function."""
        binary, context = self.is_binary("Content-Type"), self.context()
        return proxy_event(
            self.http.method,
            self.http.path[len(self.stage.name) + 1 :] or "/",
            self.route.path,
            self.headers_to_integration(),
            self.http.body,
            context,
            query=self.http.query,
            path_parameters=self.path_parameters,
            stage_variables=self.stage.variables,
            binary=binary,
        )

    def headers_to_integration(self) -> Headers:
        """Return the headers that an integration gets: the client's, and what API Gateway says about it."""
        before, host = self.http.header("X-Forwarded-For"), self.http.header("Host")
        address = self.http.source_ip
        added = {
            "X-Amzn-Trace-Id": self.reception.trace_id,
            "X-Forwarded-For": f"{before}, {address}" if before else address,
            "X-Forwarded-Port": str(urlsplit(f"//{host or ''}").port or 80),
            "X-Forwarded-Proto": "http",
        }
        own = {name.lower() for name in added}
        kept = to_function(self.http.headers, self.route.authorization == "AWS_IAM")
        return (*((name, value) for name, value in kept if name.lower() not in own), *added.items())

    def is_binary(self, header: str) -> bool:
        """Tell whether the first media type in a header is one of the API's binary ones."""
        media_types = self.http.header(header) or ""
        return is_binary(media_types.partition(",")[0], self.api.binary_media_types)

    def _named(self, place: str) -> Mapping[str, str]:
        return self.path_parameters if place == "path" else super()._named(place)


def request_context(
    request: ReceivedRequest,
    api: Api | None = None,
    stage: Stage | None = None,
    route: Route | None = None,
    identity: Identity = ANONYMOUS,
) -> dict[str, Json]:
    """Return ``requestContext``; what is not known yet is None."""
    http, reception = request.http, request.reception
    host = urlsplit(f"//{http.header('Host') or ''}").hostname or ""
    return {
        "accountId": request.account,
        "apiId": api.id if api else None,
        **({} if identity.authorizer is None else {"authorizer": identity.authorizer}),
        "deploymentId": "local",
        "domainName": host,
        "domainPrefix": host.split(".", 1)[0],
        "extendedRequestId": reception.extended_request_id,
        "httpMethod": http.method,
        "identity": {
            "accessKey": identity.access_key,
            "accountId": identity.account,
            "apiKey": identity.api_key,
            "apiKeyId": identity.api_key_id,
            "caller": identity.user,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": http.source_ip,
            "user": identity.user,
            "userAgent": http.header("User-Agent"),
            "userArn": identity.arn,
        },
        "path": http.path,
        "protocol": http.protocol,
        "requestId": reception.request_id,
        "requestTime": reception.time.strftime("%d/%b/%Y:%H:%M:%S %z"),
        "requestTimeEpoch": int(reception.time.timestamp() * 1000),
        "resourceId": route.resource_id if route else None,
        "resourcePath": route.path if route else None,
        "stage": stage.name if stage else None,
    }


def is_binary(media_type: str | None, binary_media_types: Sequence[str]) -> bool:
    """Tell whether a media type is one of ``binaryMediaTypes``, which may have wildcards."""
    essence = (media_type or "").split(";", 1)[0].strip().lower()
    wanted = {"*/*", essence, f"{essence.split('/', 1)[0]}/*"}
    return any(known.lower() in wanted for known in binary_media_types)
