"""Method and path -> route, as API Gateway chooses it: first the resource, then the method.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ...application import Route

#: The methods that API Gateway has, and ``ANY`` stands for.
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
#: The order in which API Gateway prefers kinds of path parts.
STATIC, PARAMETER, GREEDY = range(3)


@dataclass(frozen=True)
class Match:
    """A route and the values of its path parameters, decoded."""

    route: Route
    path_parameters: Mapping[str, str]


def match(routes: Sequence[Route], method: str, path: str) -> Match | None:
    """Return the route that API Gateway chooses, or None when no resource or no method of it fits.

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
    return Match(route, best[2]) if route else None


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
