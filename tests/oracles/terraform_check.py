"""Hold a parsed Terraform configuration against the schema of the provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracles.terraform_schema import META, Schema, schema

_REFERENCE = re.compile(r"\b(aws_\w+)\.(\w+)\.(\w+)")
#: A type of the bindings -> what the parser makes of a literal of it.
_KINDS: dict[str, type | tuple[type, ...]] = {
    "builtins.str": str,
    "jsii.Number": (int, float),
    "builtins.bool": bool,
    "typing.Sequence": list,
    "typing.Mapping": dict,
}


def problems(parsed: Mapping[str, Any]) -> list[str]:
    """Return what the provider would refuse in a configuration, as HashiCorp's parser gives it."""
    if "error" in parsed:
        return [f"syntax: {parsed['error']}"]
    resources: Mapping[str, Mapping[str, Any]] = parsed.get("resource", {})
    found = [f"{kind} is no resource" for kind in resources if not _known(kind)]
    for kind, named in resources.items():
        for name, bodies in named.items() if _known(kind) else ():
            found += _body(f"{kind}.{name}", bodies[0], schema(kind))
    return found + list(_references(parsed, resources))


def _known(kind: str) -> bool:
    try:
        schema(kind)
    except LookupError:
        return False
    return True


def _body(where: str, body: Mapping[str, Any], known: Schema) -> Iterator[str]:
    for name in known.required - body.keys():
        yield f"{where} lacks {name}"
    for name, value in body.items():
        if name in META:
            continue
        if name not in known.arguments:
            yield f"{where} has no argument {name}"
        elif name in known.blocks:
            is_block = isinstance(value, list) and all(isinstance(each, dict) for each in value)
            for each in value if is_block else ():
                yield from _body(f"{where}.{name}", each, known.blocks[name])
            if not is_block:
                yield f"{where}.{name} is a block"
        elif not _fits(value, known.arguments[name]):
            yield f"{where}.{name} has a value of another type"


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, str) and "${" in value:
        # its type is known when it is applied
        return True
    bare = kind.removeprefix("typing.Optional[").removeprefix("typing.Union[")
    (expected,) = [types for name, types in _KINDS.items() if bare.startswith(name)]
    return isinstance(value, expected)


def _references(parsed: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for kind, name, attribute in _REFERENCE.findall(str(parsed)):
        if name not in resources.get(kind, {}):
            yield f"{kind}.{name} is not declared"
        elif _known(kind) and attribute not in schema(kind).attributes:
            yield f"{kind} has no attribute {attribute}"
