"""Request of the client -> request to the server behind an HTTP proxy integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ...application import Api, HttpIntegration, Stage
from ..request.headers import Headers
from ..request.parameter_mapping import mapped_value
from ..request.proxy_event import HttpRequest, forwarded_headers
from ..request.routing import Match

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
TARGET = re.compile(r"integration\.request\.(path|querystring|header)\.(.+)")
#: What a path may have as it is; the value of a greedy parameter has slashes.
SAFE_IN_PATH = "/:@!$&'()*+,;=~"


@dataclass(frozen=True)
class Upstream:
    """A request to a server; ``url`` is percent-encoded."""

    method: str
    url: str
    headers: Headers


def upstream_request(
    integration: HttpIntegration,
    request: HttpRequest,
    api: Api,
    stage: Stage,
    match: Match,
    context: Mapping[str, object],
    trace_id: str,
) -> Upstream:
    """Return the request to send.

    Query string and headers pass through; the mapping adds to them, or replaces what is there.
    """
    mapped: dict[str, dict[str, str]] = {"path": {}, "querystring": {}, "header": {}}
    for target, source in integration.parameters.items():
        found = TARGET.fullmatch(target)
        value = mapped_value(source, request, match.path_parameters, stage.variables, context)
        if found and value is not None:
            mapped[found[1]][found[2]] = value
    url = STAGE_VARIABLE.sub(lambda name: stage.variables.get(name[1], ""), integration.url)
    url = PLACEHOLDER.sub(lambda name: quote(mapped["path"].get(name[1], ""), SAFE_IN_PATH), url)
    query = _query(request.query, mapped["querystring"])
    if query:
        url += ("&" if "?" in url else "?") + query
    method = request.method if integration.method == "ANY" else integration.method
    replaced = {name.lower() for name in mapped["header"]} | {"host", "x-amzn-apigateway-api-id"}
    headers = tuple(
        (name, value)
        for name, value in forwarded_headers(request, match.route.authorization == "AWS_IAM", trace_id)
        if name.lower() not in replaced
    )
    own = (("Host", urlsplit(url).netloc), ("x-amzn-apigateway-api-id", api.id))
    return Upstream(method, url, (*own, *headers, *mapped["header"].items()))


def _query(sent: str, mapped: Mapping[str, str]) -> str:
    kept = [part for part in sent.split("&") if part and part.split("=", 1)[0] not in mapped]
    return "&".join([*kept, *(f"{quote(name, '')}={quote(value, '')}" for name, value in mapped.items())])
