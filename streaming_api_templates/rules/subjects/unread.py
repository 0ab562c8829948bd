"""Find the keys of streaming that stand where nobody reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...template.lenient_json import Json
from .resources import Resource

#: What is looked for, whatever its case.
_KEYS = {"responsetransfermode": "ResponseTransferMode", "invokemode": "InvokeMode"}
_STREAMING = {"STREAM", "RESPONSE_STREAM"}
#: Where a key is read: type of the resource -> property path, with ``*`` for a name.
_INTEGRATION = r"paths\..*\.x-amazon-apigateway-integration\.responseTransferMode"
_READ = {
    "AWS::ApiGateway::Method": r"Integration\.ResponseTransferMode",
    "AWS::ApiGateway::RestApi": rf"Body\.{_INTEGRATION}",
    "AWS::Serverless::Api": rf"DefinitionBody\.{_INTEGRATION}",
    "AWS::Serverless::Function": r"FunctionUrlConfig\.InvokeMode|"
    # checks of their own judge the events
    r"Events\.[^.]*\.Properties\.(ResponseTransferMode|InvokeMode)",
    "AWS::Lambda::Url": r"InvokeMode",
}
#: Names under which the values are somebody's own.
_OWN = {"Environment", "Metadata", "Tags", "Variables", "example", "examples", "schema", "schemas"}


@dataclass(frozen=True, eq=False)
class UnreadKey:
    """A key that asks for a stream in vain.

    :param resource: that has it
    :param path: property path of it
    :param name: as it is written
    :param value: as it is resolved
    :param what: the type of the resource
    :param reason: why nobody reads it, for a message
    """

    resource: Resource
    path: str
    name: str
    value: str
    what: str
    reason: str


def read_unread_keys(written: Sequence[Resource]) -> list[UnreadKey]:
    """Return every such key of some resources, as they are written."""
    found = []
    for resource in written:
        kind, read = resource.type, re.compile(_READ.get(resource.type, "(?!)"))
        for path, name, value in _keys(resource.properties, ""):
            if not read.fullmatch(path):
                place, reason = f"Properties.{path}", _reason(kind, path, name)
                found.append(UnreadKey(resource, place, name, value, kind, reason))
    return found


def _keys(value: Json, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and value of the keys that ask for a stream."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _keys(each, f"{path}{index}.")
    elif isinstance(value, dict):
        for name, each in value.items():
            if isinstance(each, str):
                if name.lower() in _KEYS and each.upper() in _STREAMING:
                    yield f"{path}{name}", name, each
            elif name not in _OWN:
                yield from _keys(each, f"{path}{name}.")


def _reason(kind: str, path: str, name: str) -> str:
    if kind.startswith("AWS::ApiGatewayV2") or kind == "AWS::Serverless::HttpApi" or "HttpApi" in path:
        return "and HTTP APIs buffer every response"
    right = re.compile(_READ.get(kind, "(?!)"), re.IGNORECASE)
    if right.fullmatch(path):
        return f"which is spelled {_spelled(kind, name)}"
    return "where nothing reads it"


def _spelled(kind: str, name: str) -> str:
    found = _KEYS[name.lower()]
    in_open_api = kind in ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
    return found[0].lower() + found[1:] if in_open_api else found
