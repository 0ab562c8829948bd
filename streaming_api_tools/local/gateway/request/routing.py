"""Find the stage of a request, then its resource, then its method, as API Gateway does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from ...application import Api, Application, Route, Stage
from .errors import GatewayError
from .routed_request import ReceivedRequest, RoutedRequest, StageRequest

#: The methods that API Gateway has, and ``ANY`` stands for.
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
#: The order in which API Gateway prefers kinds of path parts.
STATIC, PARAMETER, GREEDY = range(3)
#: The host of an API: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.", re.IGNORECASE)
#: The same in the path, for clients that cannot resolve such a host; local AWS emulators have it as well.
PREFIX = re.compile(r"/_aws/execute-api/(?P<api>[a-z0-9]+)(?=/)")


class Router:
    """Routes the requests of an application."""

    def __init__(self, application: Application) -> None:
        self._stages = [(api, stage) for api in application.apis for stage in api.stages]

    def find_stage(self, received: ReceivedRequest) -> StageRequest:
        """Return a request with its stage, and without a prefix before the stage.

        :raises GatewayError: when there is no such stage, or several
        """
        http = received.http
        prefix = PREFIX.match(http.path)
        if prefix:
            http = replace(http, prefix=prefix[0], path=http.path.removeprefix(prefix[0]))
        named = prefix or HOST.match(http.header("Host") or "")
        name = http.path.removeprefix("/").partition("/")[0]
        found = [
            (api, stage)
            for api, stage in self._stages
            if stage.name == name and (not named or api.id == named["api"].lower())
        ]
        if not found:
            raise GatewayError("ACCESS_DENIED", detail=f"no stage {name!r}")
        if len(found) > 1:
            urls = ", ".join(f"{api.name} is at /_aws/execute-api/{api.id}/{name}" for api, _ in found)
            detail = f"several APIs have a stage {name}: {urls}"
            raise GatewayError("ACCESS_DENIED", detail=detail)
        return StageRequest(http, received.reception, received.account, *found[0])

    def find_method(self, request: StageRequest) -> RoutedRequest:
        """Return a request with its route; the path below the stage is matched as it was sent.

        :raises GatewayError: when there is no such resource, or it has no such method
        """
        http = request.http
        path = http.path.removeprefix("/").partition("/")[2]
        found = match(request.api.routes, http.method, f"/{path}")
        if found is None:
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN", detail="no such method or resource")
        return RoutedRequest(http, request.reception, request.account, request.api, request.stage, *found)

    def urls(self, root: str) -> Iterator[tuple[Api, Stage, str]]:
        """Yield each stage with its URL: the short one, unless several APIs have a stage of the name.

        :param root: the URL of the gateway
        """
        names = [stage.name for _, stage in self._stages]
        for api, stage in self._stages:
            short = names.count(stage.name) == 1
            yield (
                api,
                stage,
                f"{root}/{stage.name}" if short else f"{root}/_aws/execute-api/{api.id}/{stage.name}",
            )


def match(routes: Sequence[Route], method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Return the route that API Gateway chooses and the values of its path parameters, decoded.

    None when no resource fits, or the one that does has no such method.

    :param path: the path below the stage as it was sent, still percent-encoded
    """
    segments = split(path)
    resources = {route.path for route in routes}
    best: tuple[tuple[int, ...], str, dict[str, str]] | None = None
    for resource in resources:
        parameters = _bind(split(resource), segments)
        if parameters is not None:
            rank = tuple(_kind(part) for part in split(resource))
            if best is None or rank < best[0]:
                best = rank, resource, parameters
    if best is None:
        return None
    methods = {route.method: route for route in routes if route.path == best[1]}
    route = methods.get(method) or (methods.get("ANY") if method in METHODS else None)
    return (route, best[2]) if route else None


def split(path: str) -> list[str]:
    """Return the segments of a path; API Gateway ignores one slash at the end."""
    trimmed = path.removeprefix("/").removesuffix("/")
    return trimmed.split("/") if trimmed else []


def _kind(part: str) -> int:
    if not (part.startswith("{") and part.endswith("}")):
        return STATIC
    return GREEDY if part.endswith("+}") else PARAMETER


def _bind(parts: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    """Return the path parameters when the parts of a resource path fit the segments of a request."""
    parameters: dict[str, str] = {}
    for index, part in enumerate(parts):
        kind = _kind(part)
        if kind == GREEDY:
            rest = "/".join(segments[index:])
            return {**parameters, part[1:-2]: unquote(rest)} if rest else None
        if index >= len(segments):
            return None
        if kind == PARAMETER:
            if not segments[index]:
                return None
            parameters[part[1:-1]] = unquote(segments[index])
        elif part != unquote(segments[index]):
            return None
    return parameters if len(parts) == len(segments) else None
