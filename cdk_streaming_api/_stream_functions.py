"""Define the bundled functions that read, cancel, stop and erase kept streams, and responses among them."""

from __future__ import annotations

from aws_cdk import Annotations, Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from ._add_streams import StreamFactories
from ._apigateway.stream import Stream
from ._apigateway.streaming_method import StreamingMethod
from ._bedrock_function import BedrockFunction
from ._common.cors import AllowedOrigins
from ._lambda.assets import function_code
from ._lambda.stream_store import StreamStore
from ._lambda.streaming_function import StreamingFunction

_SHORT = Duration.minutes(1)


class StreamRoute:
    """One route of a store: its method and path, its module, what it may do, and for how long."""

    def __init__(self, http_method: str, path: str, module: str, timeout: Duration | None = None) -> None:
        self.http_method = http_method
        self.path = path
        self.module = module
        self.timeout = timeout


#: the route of the AI SDK, which asks for the stream of a chat below it
_AI_SDK = "/ui/chat"
#: the reader follows a stream for as long as there are streams
_READ = StreamRoute("GET", "streams/{id}", "reader")
_ERASE = StreamRoute("DELETE", "streams/{id}", "erase", _SHORT)
ROUTES = (_READ, StreamRoute("POST", "streams/{id}/cancel", "cancel", _SHORT), _ERASE)
#: for OpenAI's Responses API; it is mounted with the routes of the API
RESPONSE_CANCEL = StreamRoute("POST", "v1/responses/{responseId}/cancel", "response_cancel", _SHORT)
#: below the AI SDK's, in an API that has it
_STOP = StreamRoute("POST", "{id}/stop", "stop", _SHORT)


def keep_streams(
    api: StreamFactories,
    store: StreamStore,
    cors: AllowedOrigins | None,
    log_retention: logs.RetentionDays,
) -> None:
    """Keep the streams of an API's functions, and define the routes to read, cancel and erase them.

    :param cors: the pages that may read what the routes answer. Default: - none
    """
    functions: dict[str, StreamingFunction] = {}

    def function_of(route: StreamRoute) -> StreamingFunction:
        if route.module not in functions:
            functions[route.module] = _function(api, route, store, cors, log_retention)
        return functions[route.module]

    def response_handler(http_method: str) -> lambda_.IFunction:
        # the function that cancels streams may not read the response that is returned
        routes = {"GET": _READ, "POST": RESPONSE_CANCEL, "DELETE": _ERASE}
        return function_of(routes[http_method])

    api._response_handler = response_handler
    for route in ROUTES:
        api.add_stream(route.path, http_method=route.http_method, handler=function_of(route))

    def added(stream: StreamingMethod) -> None:
        # the newest MCP has no streams to resume, and clients of older ones would resume with GET
        of_the_store = isinstance(stream, Stream) and stream.handler in functions.values()
        if of_the_store or stream in api._mcp_servers:
            return
        _keep(stream, store)
        path = stream.method.resource.path
        if path.endswith(_AI_SDK):
            api.add_stream(f"{path}/{{id}}/stream", http_method="GET", handler=function_of(_READ))
            api.add_stream(f"{path}/{_STOP.path}", http_method="POST", handler=function_of(_STOP))

    api._added.append(added)


def _function(
    api: StreamFactories,
    route: StreamRoute,
    store: StreamStore,
    cors: AllowedOrigins | None,
    log_retention: logs.RetentionDays,
) -> StreamingFunction:
    function = StreamingFunction(
        api,
        "Stream" + route.module.title().replace("_", ""),
        code=function_code("streams"),
        handler=f"streams.{route.module}.handler",
        environment={"STREAM_TABLE": store.table.table_name, **(cors.environment() if cors else {})},
        description=f"{route.module.replace('_', ' ').capitalize()} of kept streams",
        timeout=route.timeout,
        log_retention=log_retention,
    )
    grants = {
        "reader": (store.grant_read,),
        "cancel": (store.grant_cancel,),
        "erase": (store.grant_erase,),
        "stop": (store.grant_stop,),
        "response_cancel": (store.grant_read, store.grant_cancel),
    }
    for grant in grants[route.module]:
        grant(function)
    return function


def _keep(stream: StreamingMethod, store: StreamStore) -> None:
    handler = stream.handler if isinstance(stream, Stream) else None
    function = handler.lambda_ if isinstance(handler, lambda_.Alias | lambda_.Version) else handler
    if isinstance(function, StreamingFunction):
        # what it answers costs money, and so is not to be asked again
        store.keep_streams_of(function, replay=isinstance(function, BedrockFunction))
    else:
        Annotations.of(stream).add_warning_v2(
            "cdk-streaming-api:notKept",
            f"stream '{stream.method.resource.path}' is not kept in the store of its API, which keeps "
            "the streams of a StreamingFunction alone; it streams as without a store",
        )
