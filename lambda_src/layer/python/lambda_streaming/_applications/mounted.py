"""Find what stands before the path that an application knows: the stage, and the base path of a domain.

An API behind a custom domain gets the base path with the path of each request, and the stage without one:
"API Gateway Developer Guide", rest-api-mappings. Only the resource that API Gateway has found tells where the
base path ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

_PARAMETER = re.compile(r"\{([^{}+]+)(\+?)\}")


def stage_path(path: str, whole: str) -> str:
    """Return what the path of the request context has before the path of the event."""
    if path == "/":
        return whole.rstrip("/")
    return whole[: -len(path)] if whole.endswith(path) else ""


def base_path(path: str, resource: object, parameters: object) -> str:
    """Return what a path has before the resource that was found for it; nothing where that is not certain.

    >>> base_path("/v1/orders/7", "/orders/{id}", {"id": "7"})
    '/v1'
    """
    if not isinstance(resource, str) or not resource.startswith("/"):
        return ""
    values = parameters if isinstance(parameters, Mapping) else {}
    wanted = _PARAMETER.sub(lambda found: str(values.get(found[1], found[0])).strip("/"), resource).strip("/")
    segments = path.strip("/").split("/")
    for count in range(len(segments) + 1):
        if unquote("/".join(segments[count:])).strip("/") == unquote(wanted):
            return "".join(f"/{each}" for each in segments[:count])
    return ""
