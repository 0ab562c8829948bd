"""Read the request that an event of Lambda describes, as a server would have got it.

Formats: "Amazon API Gateway Developer Guide", set-up-lambda-proxy-integrations and
http-api-develop-integrations-lambda; "AWS Lambda Developer Guide", urls-invocation. What is none of these is
refused by its name: a request that is made up would reach the application without a word.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes, urlencode

from .event_kinds import is_of_another_kind, name_of
from .mounted import base_path, stage_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    Event = Mapping[str, object]

# RFC 3986, section 3.3: what stands in a path as it is; "%" is part of what is encoded already.
_IN_PATH = "/!$&'()*+,;=:@~%"
_DECODED = _IN_PATH.replace("%", "")
# API Gateway streams without content encoding, so an application must not be asked for it. The body is there
# as a whole, so its length is told and not its encoding.
_HIDDEN = {b"accept-encoding", b"transfer-encoding", b"content-length"}
_HOST = re.compile(r"\[([^\]]*)\](?::(\d{0,5}))?|([^:]*)(?::(\d{0,5}))?")
_LARGEST_PORT = 65535
_PORTS = {"http": 80, "https": 443}


class Request:
    """A request, in the terms of a server: ``path`` and ``root_path`` are percent-encoded.

    ``root_path`` is the stage and the base path of a custom domain, where there are such; ``path`` begins
    with it. ``client`` is None where the event does not tell.
    """

    __slots__ = ("body", "client", "headers", "method", "path", "query", "root_path", "scheme", "server")

    def __init__(
        self,
        event: Event,
        *,
        method: str,
        root_path: str,
        path: str,
        query: str,
        headers: list[tuple[bytes, bytes]],
        client: object,
    ) -> None:
        self.method = method
        self.root_path = root_path
        self.path = root_path + path
        self.query = query.encode()
        self.body = _body(event)
        self.headers = _with_length(headers, len(self.body))
        by_name = dict(headers)
        scheme = by_name.get(b"x-forwarded-proto", b"").decode("latin-1").partition(",")[0].strip()
        self.scheme = scheme if scheme in _PORTS else "https"
        host = by_name.get(b"host", b"").decode("latin-1") or _context(event).get("domainName") or "localhost"
        self.server = _server(str(host), _PORTS[self.scheme])
        self.client = client if isinstance(client, str) and client else None


def decoded(path: str) -> bytes:
    """Return a path without its percent-encoding."""
    return unquote_to_bytes(path)


def read_request(event: object) -> Request:
    """Return the request of an event: of a REST API, an HTTP API or a function URL.

    :raises ValueError: for any other event, and for one whose members are of another type
    """
    if isinstance(event, Mapping) and not is_of_another_kind(event):
        http = _context(event).get("http")
        if isinstance(http, Mapping) and isinstance(event.get("rawPath"), str):
            return _version_2(event, http)
        if "httpMethod" in event and "path" in event:
            return _version_1(event)
    raise ValueError(
        "expected a request of a REST API, an HTTP API or a function URL, each with its method and path, "
        f"got {name_of(event)}"
    )


def _version_1(event: Event) -> Request:
    context = _context(event)
    # An HTTP API decodes the path, a REST API does not.
    safe = _DECODED if event.get("version") == "1.0" else _IN_PATH
    path = quote(_text(event, "path") or "/", safe=safe)
    root = stage_path(path, quote(str(context.get("path") or ""), safe=safe))
    base = base_path(path, event.get("resource"), event.get("pathParameters"))
    identity = context.get("identity")
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return Request(
        event,
        method=_text(event, "httpMethod"),
        root_path=root + base,
        path=path[len(base) :] or "/",
        query=urlencode(_several(query, "query parameter")),
        headers=_headers(event.get("multiValueHeaders") or event.get("headers")),
        client=identity.get("sourceIp") if isinstance(identity, Mapping) else None,
    )


def _version_2(event: Event, http: Event) -> Request:
    domain, stage = _context(event).get("domainName"), _context(event).get("stage")
    # An HTTP API decodes the path, a function URL does not.
    encoded = isinstance(domain, str) and ".lambda-url." in domain
    path = quote(_text(event, "rawPath") or "/", safe=_IN_PATH if encoded else _DECODED)
    route = str(event.get("routeKey") or "").partition(" ")[2]
    base = base_path(path, route, event.get("pathParameters"))
    if not base and stage != "$default" and f"{path}/".startswith(f"/{stage}/"):
        base = f"/{stage}"
    headers = _headers(event.get("headers"))
    if cookies := event.get("cookies"):
        if not isinstance(cookies, (list, tuple)):
            raise ValueError(f"cookies of the event must be a list, got {type(cookies).__name__}")
        headers = [each for each in headers if each[0] != b"cookie"]
        headers += _headers({"cookie": "; ".join(map(str, cookies))})
    return Request(
        event,
        method=_text(http, "method"),
        root_path=base,
        path=path[len(base) :] or "/",
        query=_text(event, "rawQueryString") if event.get("rawQueryString") else "",
        headers=headers,
        client=http.get("sourceIp"),
    )


def _context(event: Event) -> Event:
    context = event.get("requestContext")
    return context if isinstance(context, Mapping) else {}


def _text(members: Event, name: str) -> str:
    value = members.get(name)
    if isinstance(value, str):
        return value
    raise ValueError(f"{name} of the event must be a string, got {type(value).__name__}")


def _headers(given: object) -> list[tuple[bytes, bytes]]:
    return [(_name(name), _value(value)) for name, value in _several(given or {}, "header")]


def _several(given: object, kind: str) -> list[tuple[str, str]]:
    """Return every value of a mapping of names to one value or to several."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{kind}s of the event must be an object, got {type(given).__name__}")
    found = []
    for name, values in given.items():
        for value in values if isinstance(values, (list, tuple)) else (values,):
            if value is None:
                continue
            if not isinstance(name, str) or not isinstance(value, str):
                raise ValueError(f"{kind} {name!r} of the event must be a string, got {type(value).__name__}")
            found.append((name, value))
    return found


def _name(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


def _value(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:  # which the client can only have sent as UTF-8
        return value.encode("utf-8", "replace")


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """Return the headers with the length of the body, where one was declared or there is a body."""
    kept = [each for each in headers if each[0] not in _HIDDEN]
    if length or any(name == b"content-length" for name, _ in headers):
        kept.append((b"content-length", str(length).encode()))
    return kept


def _body(event: Event) -> bytes:
    body, encoded = event.get("body"), event.get("isBase64Encoded") or False
    if not isinstance(body or "", str) or not isinstance(encoded, bool):
        kinds = f"{type(body).__name__} and {type(encoded).__name__}"
        raise ValueError(f"body and isBase64Encoded of the event must be a string and a boolean, got {kinds}")
    if not encoded:
        return str(body or "").encode("utf-8", "replace")
    try:
        return b64decode(str(body or ""), validate=True)
    except ValueError as error:
        raise ValueError("body of the event is not the base64 that isBase64Encoded promises") from error


def _server(host: str, default: int) -> tuple[str, int]:
    """Return host and port of a ``Host`` header (RFC 9110, section 7.2)."""
    if not (found := _HOST.fullmatch(host.strip())):
        return host, default
    inside, port, name, other = found.groups()
    number = int(port or other or default)
    return (name if inside is None else inside), number if number <= _LARGEST_PORT else default
