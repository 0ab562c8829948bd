"""Add streams to a REST API."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Annotations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._apigateway.http_stream import HttpStream
from ._apigateway.mcp_authorization import McpAuthorization, McpMetadata
from ._apigateway.mcp_methods import ALLOW_MCP_HEADERS, refuse_other_methods
from ._apigateway.options import (
    DEFAULTS,
    CallOptions,
    HttpMethodOptions,
    HttpRouteOptions,
    McpServerOptions,
    MethodOptions,
    RequestOptions,
    RouteOptions,
    ServerOptions,
    ThrottlingOptions,
)
from ._apigateway.resource_path import Resources
from ._apigateway.stream import Stream
from ._apigateway.streaming_method import StreamingMethod, method_exists
from ._apigateway.throttling import MethodLimits
from ._apigateway.verbs import check_verb
from ._bedrock.routes import COUNTING, DEFAULT_FORMATS, BedrockFormat, is_of_response, routes
from ._bedrock_function import BedrockFunction
from ._common.argument_types import is_imported
from ._common.cors import AllowedOrigins, narrowed
from ._common.keyword_options import checks_arguments, takes_options
from ._common.tokens import check_known
from ._lambda.mcp_environment import check_hosts, tell_server
from ._probe_function import ProbeFunction

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from typing_extensions import Unpack


class StreamFactories(Construct):
    """Defines streams on ``rest_api``, with what the API has for all of them."""

    handler: lambda_.IFunction | None
    rest_api: apigateway.RestApi
    request_validator: apigateway.RequestValidator
    streams: list[StreamingMethod]
    _authorization_type: apigateway.AuthorizationType | None
    _authorizer: apigateway.IAuthorizer | None
    _cors: AllowedOrigins | None
    _has_binary: bool
    _hosts: Sequence[str]  # the names by which clients call the API
    _log_retention: logs.RetentionDays
    _added: list[Callable[[StreamingMethod], None]]  # called with each stream that is added
    _ids: set[str]
    #: returns the function that answers for a stored response, by the method; None without a store
    _response_handler: Callable[[str], lambda_.IFunction] | None
    _limits: MethodLimits
    _mcp_metadata: McpMetadata
    _mcp_servers: list[StreamingMethod]
    _resources: Resources
    _scope_permissions: bool | None

    @takes_options(RequestOptions, CallOptions, ThrottlingOptions, defaults=DEFAULTS)
    def add_stream(
        self, path: str, *, handler: lambda_.IFunction | None = None, **options: Unpack[RouteOptions]
    ) -> Stream:
        """Define a streaming method in front of a function, and the resources that its path needs.

        :param path: path below the stage, such as ``chat`` or ``reports/{id}``.
        :param handler: function, alias or version that writes the response. Default: - the API's handler
        :raises ValueError: when there is no handler, API Gateway would not accept the path or the timeout, or
            the policy of the function is full.
        """
        handler = handler or self.handler
        if handler is None:
            raise ValueError(
                f"stream '/{path.strip('/')}' has no handler; pass one, or give StreamingApi a model"
            )
        limits = options.pop("throttling_rate_limit"), options.pop("throttling_burst_limit")
        method: MethodOptions = options
        self._authorize(method)
        stream_id = self._stream_id(method["http_method"], path)
        stream = Stream(
            self,
            stream_id,
            resource=self._resources.at(path),
            handler=handler,
            request_validator=self.request_validator,
            scope_permission_to_method=self._scope_permissions,
            **method,
        )
        self._ids.add(stream_id)
        self._finish(stream, *limits)
        return stream

    @takes_options(ServerOptions, RequestOptions, CallOptions, ThrottlingOptions, defaults=DEFAULTS)
    def add_http_stream(self, path: str, *, url: str, **options: Unpack[HttpRouteOptions]) -> HttpStream:
        """Define a streaming method in front of a server on the Internet or in a VPC.

        :param path: path below the stage, such as ``docs/{proxy+}``.
        :param url: where the server is; ``{name}`` stands for a path parameter. Behind a ``vpc_link`` it has
            host and path as the server knows them, and the host is not looked up.
        :raises ValueError: when API Gateway would not accept the path, the URL, the timeout or the mapping,
            or the load balancer does not go with the link.
        """
        limits = options.pop("throttling_rate_limit"), options.pop("throttling_burst_limit")
        method: HttpMethodOptions = options
        self._authorize(method)
        stream_id = self._stream_id(method["http_method"], path)
        stream = HttpStream(
            self,
            stream_id,
            resource=self._resources.at(path),
            url=url,
            request_validator=self.request_validator,
            **method,
        )
        self._ids.add(stream_id)
        self._finish(stream, *limits)
        return stream

    @takes_options(ServerOptions, RequestOptions, CallOptions, ThrottlingOptions, defaults=DEFAULTS)
    def add_private_stream(self, path: str, *, url: str, **options: Unpack[HttpRouteOptions]) -> HttpStream:
        """Define a streaming method in front of a server in a VPC; deprecated, use ``add_http_stream``.

        :param path: path below the stage.
        :param url: host and path as the server knows them.
        :raises ValueError: as ``add_http_stream``; a TypeError without a ``vpc_link``.
        """
        warnings.warn(
            "add_private_stream is deprecated; use add_http_stream, which takes vpc_link and load_balancer",
            DeprecationWarning,
            stacklevel=3,  # past the decorator
        )
        if not options["vpc_link"]:
            raise TypeError("add_private_stream needs a vpc_link; use add_http_stream for a public server")
        return self.add_http_stream(path, url=url, **options)

    @takes_options(CallOptions, ThrottlingOptions, defaults=DEFAULTS)
    def add_mcp_server(
        self,
        path: str,
        *,
        handler: lambda_.IFunction,
        allow_origins: Sequence[str] | None = None,
        allow_hosts: Sequence[str] = (),
        authorization: McpAuthorization | None = None,
        **options: Unpack[McpServerOptions],
    ) -> Stream:
        """Define an MCP server: POST to a function that streams, and 405 for GET and DELETE, to everybody.

        The function finds the names by which it is called in ``MCP_ALLOWED_HOSTS``, and the origins of pages
        in ``MCP_ALLOWED_ORIGINS``, for the transport security of the SDKs.

        :param path: path below the stage, such as ``mcp``; it is the whole path of the server.
        :param handler: function, alias or version that answers the messages, such as an ``asgi`` application.
        :param allow_origins: origins of the pages that may call the server, among those of the API; an empty
            list for none. Default: - those of the API
        :param allow_hosts: what clients send as Host besides the API's own name and its domain name, such as
            the name of a proxy that passes it on. Default: - nothing else
        :param authorization: where clients get the tokens that the authorizer takes. Default: - nobody says
        :raises ValueError: when API Gateway would not accept the path or the timeout, the API allows every
            origin and the server names none, or the function has other origins from another server.
        """
        subject = f"MCP server '/{path.strip('/')}'"
        if "+}" in path:
            raise ValueError(f"path of {subject} must be one path, got '{path}', which stands for many")
        check_hosts(subject, allow_hosts)
        cors = narrowed(self._cors, allow_origins, subject)
        limits = options.pop("throttling_rate_limit"), options.pop("throttling_burst_limit")
        method: CallOptions = options
        self._authorize(method)
        ids = [self._stream_id(http_method, path) for http_method in ("POST", "GET", "DELETE")]
        resource = self._resources.at(path)
        server = Stream(
            self,
            ids[0],
            resource=resource,
            handler=handler,
            scope_permission_to_method=self._scope_permissions,
            **method,
        )
        self._ids.update(ids)
        self._mcp_servers.append(server)
        refuse_other_methods(resource, cors, as_text=self._has_binary)
        tell_server(server, handler, [*self._hosts, *allow_hosts], cors.allow_origins if cors else ())
        if cors:
            cors.add_preflight(resource, as_text=self._has_binary, allow_headers=ALLOW_MCP_HEADERS)
        self._finish(server, *limits, preflight=False)
        if authorization:
            self._mcp_metadata.publish(authorization, path, method["authorizer"] or self._authorizer)
        return server

    @checks_arguments
    def add_probe(self, path: str = "probe") -> Stream:
        """Define the method that ``streaming-api smoke`` challenges to prove that the deployment streams.

        :param path: path below the stage. Default: probe
        :raises ValueError: when it was called before.
        """
        if self.node.try_find_child("Probe"):
            raise ValueError("the API has a probe already; add_probe can be called once")
        probe = ProbeFunction(
            self,
            "Probe",
            allow_origins=self._cors.allow_origins if self._cors else (),
            allow_credentials=bool(self._cors and self._cors.allow_credentials),
            log_retention=self._log_retention,
        )
        return self.add_stream(path, handler=probe)

    @checks_arguments
    def add_bedrock_routes(
        self,
        *,
        formats: Sequence[BedrockFormat] = DEFAULT_FORMATS,
        prefix: str = "",
        handler: lambda_.IFunction | None = None,
    ) -> list[Stream]:
        """Define the methods that clients of OpenAI, Anthropic, the AI SDK and Bedrock itself call.

        The clients need the URL of the stage and what authorizes them; see docs/formats.md. With the routes
        that count tokens the function gets the permission to do so. With a store, responses have ids.

        :param formats: whose clients. Default: - all but ``BedrockFormat.BEDROCK``, Bedrock's own operations
        :param prefix: path below the stage that comes before the paths. Default: - none
        :param handler: a ``BedrockFunction``, or an alias or version of one. One of another app is taken as
            such a function, with a warning, and the permissions of its own app. Default: - the API's handler
        :raises ValueError: when there is no handler; a TypeError when it is another function.
        """
        behind = handler or self.handler
        function = behind.lambda_ if isinstance(behind, lambda_.Alias | lambda_.Version) else behind
        imported = is_imported(function)
        if not (function is None or imported or isinstance(function, BedrockFunction)):
            raise TypeError(
                "handler of add_bedrock_routes must be a BedrockFunction, or an alias or version of one, "
                f"got a {type(function).__name__}"
            )
        stored = None if imported else self._response_handler
        streams = []
        for verb, path in routes(formats, prefix, stores=stored is not None):
            answers = stored(verb) if stored and is_of_response(path) else handler
            streams.append(self.add_stream(path, http_method=verb, handler=answers))
        if imported:
            Annotations.of(self).add_warning_v2(
                "cdk-streaming-api:importedBedrockFunction",
                "the function behind add_bedrock_routes is of another app: it must be a BedrockFunction, and "
                "may count tokens only if that app grants it with BedrockModel.grant_count_tokens",
            )
        if isinstance(function, BedrockFunction) and not set(COUNTING).isdisjoint(formats):
            function._grant_count_tokens()
        return streams

    def _authorize(self, method: CallOptions) -> None:
        # a stream finds it in the API's default method options too, by asking jsii several times
        if not method["authorizer"]:
            method["authorization_type"] = method["authorization_type"] or self._authorization_type

    def _stream_id(self, http_method: str, path: str) -> str:
        check_known("path of a stream", path, "it is in ids of constructs")
        if not path:
            raise ValueError("path of a stream must not be empty; '/' is the root of the API")
        below = path.strip("/")
        check_verb(f"http_method of stream '/{below}'", http_method)
        stream_id = f"{http_method} {below}"
        if stream_id in self._ids:
            raise method_exists(http_method, f"/{below}")
        return stream_id

    def _finish(
        self,
        stream: StreamingMethod,
        rate_limit: float | None,
        burst_limit: int | None,
        *,
        preflight: bool = True,
    ) -> None:
        self.streams.append(stream)
        if self._cors and preflight:
            self._cors.add_preflight(stream.method.resource, as_text=self._has_binary)
        if rate_limit is not None or burst_limit is not None:
            self._limits.add(stream.method, stream._http_method, stream._path, rate_limit, burst_limit)
        for added in self._added:
            added(stream)
