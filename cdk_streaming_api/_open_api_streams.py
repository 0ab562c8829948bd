"""Define streams in an API that an OpenAPI document describes."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aws_cdk import Annotations, Duration, Names, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from ._apigateway.parameter_mapping import for_every_value
from ._apigateway.permissions import MOST_PERMISSIONS
from ._apigateway.when_complete import CompleteApp, when_complete
from ._common.keyword_options import checks_arguments
from ._common.timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout, default_stream_timeout, mismatch

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
_INTEGRATION = "x-amazon-apigateway-integration"
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


class _Operation(NamedTuple):
    path: str
    http_method: str
    definition: dict[str, Any]


class OpenApiStreams:
    """Lets named operations of an OpenAPI document stream from functions; the rest of it stays as it is.

    Operations are named by their ``operationId``::

        streams = OpenApiStreams(document, {"createChat": reports})
        spec_api = apigateway.SpecRestApi(self, "Spec", api_definition=streams.api_definition)
        streams.grant_invoke(spec_api)

    Give ``SpecRestApi`` the endpoint type REGIONAL: at the edge a stream may not pause for 30 seconds.
    """

    @checks_arguments
    def __init__(
        self,
        document: Mapping[str, object],
        handlers: Mapping[str, lambda_.IFunction],
        *,
        timeout: Duration | None = None,
    ) -> None:
        """Put the integrations into a copy of the document.

        :param document: the parsed OpenAPI 2 or 3 document.
        :param handlers: ``operationId`` to the function, alias or version that answers it.
        :param timeout: how long every stream may take, 50 milliseconds to 15 minutes.
            Default: - the timeout set on each function, else 15 minutes
        :raises ValueError: when the document has no operation of a name, or more than one, or API Gateway
            would not accept the timeout.
        """
        self._document: dict[str, Any] = copy.deepcopy(dict(document))
        self._handlers = dict(handlers)
        self._operations: dict[str, _Operation] = {}
        self._timeouts: dict[str, Duration] = {}
        found = list(_operations(self._document))
        for name, handler in handlers.items():
            named = [operation for operation in found if operation.definition.get("operationId") == name]
            if len(named) != 1:
                known = ", ".join(sorted(str(it.definition.get("operationId")) for it in found)) or "none"
                raise ValueError(
                    f"the document must have one operation '{name}', got {len(named)}; it has {known}"
                )
            self._operations[name] = named[0]
            self._timeouts[name] = timeout or default_stream_timeout(handler)
            named[0].definition[_INTEGRATION] = _integration(name, handler, self._timeouts[name])

    @property
    def api_definition(self) -> apigateway.ApiDefinition:
        """The document with its streams, for ``SpecRestApi``."""
        return apigateway.ApiDefinition.from_inline(self._document)

    @checks_arguments
    def grant_invoke(self, api: apigateway.SpecRestApi) -> None:
        """Allow every stage of the API to invoke each function for its own operations.

        A function with more than 20 operations has one permission for the whole API. What deserves a warning
        of ``Stream`` does here: an operation that is open, and timeouts that differ.

        :param api: the API that was made from ``api_definition``.
        """
        behind = Counter(handler.function_arn for handler in self._handlers.values())
        shared = {
            handler.function_arn: handler
            for handler in self._handlers.values()
            if behind[handler.function_arn] > MOST_PERMISSIONS
        }
        for name, operation in self._operations.items():
            if (handler := self._handlers[name]).function_arn not in shared:
                self._allow(api, handler, name, operation.http_method, for_every_value(operation.path))
        for handler in shared.values():
            self._allow(api, handler, Names.node_unique_id(handler.node), "*", "/*")
        self._warn_of_open_operations(api)
        when_complete(api, lambda app: self._warn_of_timeouts(api, app))

    def _allow(
        self, api: apigateway.SpecRestApi, handler: lambda_.IFunction, name: str, verb: str, path: str
    ) -> None:
        handler.add_permission(
            f"{name} of {api.node.path}",
            # where the API is: it waits for a function of another stack, which cannot wait for it
            scope=api,
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=api.arn_for_execute_api(verb, path, "*"),
        )

    def _warn_of_open_operations(self, api: apigateway.SpecRestApi) -> None:
        for name, operation in self._operations.items():
            if self._is_open(operation):
                Annotations.of(api).add_warning_v2(
                    "StreamingRules::STREAM023",
                    f"operation '{name}' ({operation.http_method} {operation.path}) has no security and is "
                    "open: whoever knows its URL can use what answers there and what it pays for",
                )

    def _is_open(self, operation: _Operation) -> bool:
        """Return whether anybody may call an operation: API Gateway takes one without security as open."""
        by_type = [
            mapping.get("x-amazon-apigateway-auth", {}).get("type", "NONE")
            for mapping in (operation.definition, self._document)
        ]
        required = operation.definition.get("security", self._document.get("security"))
        if required or self._document.get("x-amazon-apigateway-policy"):
            return False
        return all(str(kind).upper() == "NONE" for kind in by_type)

    def _warn_of_timeouts(self, api: apigateway.SpecRestApi, app: CompleteApp) -> None:
        for name, handler in self._handlers.items():
            if ending := mismatch(self._timeouts[name], app.function_timeout_ms(handler)):
                Annotations.of(api).add_warning_v2(
                    "StreamingRules::STREAM008", f"timeouts of operation '{name}' differ: {ending}"
                )


def _operations(document: Mapping[str, Any]) -> Iterator[_Operation]:
    for path, item in _mapping("paths", document.get("paths", {})).items():
        for key in _METHODS & _mapping(f"path '{path}'", item).keys():
            definition = _mapping(f"{key} of path '{path}'", item[key])
            yield _Operation(path, "ANY" if key.startswith("x-") else key.upper(), definition)


def _mapping(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} of the document must be a mapping, got {value!r:.60}")
    return value


def _integration(name: str, handler: lambda_.IFunction, timeout: Duration) -> dict[str, object]:
    check_timeout(timeout, f"operation '{name}'", MIN_STREAM_MS, MAX_STREAM_MS)
    stack = Stack.of(handler)
    uri = (
        f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path/2021-11-15/functions/"
        f"{handler.function_arn}/response-streaming-invocations"
    )
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": uri,
        "responseTransferMode": "STREAM",
        "timeoutInMillis": timeout.to_milliseconds(),
    }
