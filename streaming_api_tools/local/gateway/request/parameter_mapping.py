"""Expressions that take a value from a request, as parameter mappings and identity sources have them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .context_variables import variables
from .proxy_event import HttpRequest, query_parameters


def mapped_value(
    source: str,
    request: HttpRequest,
    path_parameters: Mapping[str, str],
    stage_variables: Mapping[str, str],
    context: Mapping[str, object],
) -> str | None:
    """Return the value that an expression stands for; None when the request does not have it.

    :param source: ``'text'``, ``method.request.{header|path|querystring}.NAME``, ``stageVariables.NAME`` or
        ``context.NAME``
    """
    if len(source) >= 2 and source[0] == source[-1] == "'":
        return source[1:-1]
    place, _, name = source.removeprefix("method.request.").partition(".")
    if place in ("header", "multivalueheader"):
        return request.header(name)
    if place in ("querystring", "multivaluequerystring"):
        return dict(query_parameters(request.query)).get(name)
    if place == "context":
        return variables(context).get(name)
    return {"path": path_parameters, "stageVariables": stage_variables}.get(place, {}).get(name)
