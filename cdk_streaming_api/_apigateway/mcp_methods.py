"""Answer what an MCP server on Lambda has no method for: streams and sessions of their own.

Clients of the revisions up to 2025-11-25 ask with GET for a stream of notifications, and with DELETE for the
end of a session. The specification has 405 for a server without either, which clients take in silence; API
Gateway's own 403 for a method that is not there makes them raise errors:
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
"""

from __future__ import annotations

import json

from aws_cdk import aws_apigateway as apigateway

from .._common.cors import ALLOW_HEADERS, AllowedOrigins
from .._common.text_preflight import origin_template
from .open_mock import add_open_mock

#: What clients in a page send beside what every page may, from the tables of headers of the revisions
#: 2025-11-25 and 2026-07-28. The asterisk stands for the headers that a tool has for its arguments,
#: ``Mcp-Param-*``; it does not stand for Authorization, and for nothing where credentials are allowed.
ALLOW_MCP_HEADERS = [
    *ALLOW_HEADERS,
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Protocol-Version",
    "Mcp-Session-Id",
    "*",
]

#: as the SDKs answer
_BODY = {"jsonrpc": "2.0", "error": {"code": -32000, "message": "Method not allowed"}, "id": None}
_REASON = "a MOCK that answers 405 to everybody: it reaches no code and tells nothing"


def refuse_other_methods(
    resource: apigateway.IResource, cors: AllowedOrigins | None, *, as_text: bool
) -> list[apigateway.Method]:
    """Answer GET and DELETE with 405, to everybody: a refusal for want of a key is not what clients expect.

    :param cors: the pages that may read the answer. Default: - none
    :param as_text: whether the API has binary media types, from which the answer is kept.
    """
    headers = {"Allow": "POST", **(cors.static_headers() if cors else {})}
    return [
        add_open_mock(
            resource,
            http_method,
            status="405",
            headers=headers,
            template=_template(cors),
            reason=_REASON,
            as_text=as_text,
        )
        for http_method in ("GET", "DELETE")
    ]


def _template(cors: AllowedOrigins | None) -> str:
    others = cors.allow_origins[1:] if cors else ()
    return (f"{origin_template(others)}\n" if others else "") + json.dumps(_BODY)
