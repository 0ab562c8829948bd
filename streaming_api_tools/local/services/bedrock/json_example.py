"""Make a JSON value that a JSON Schema takes, as a model does that is held to a schema."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: A text for each ``format`` that has a form of its own.
FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "somebody@example.com",
    "time": "00:00:00Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
#: What a schema gets that refers to itself without an end.
MAX_DEPTH = 12


def example_of(schema: Mapping[str, Any]) -> object:
    """Return the simplest value that a schema takes: of each choice the first, and every property.

    A ``pattern`` is not looked at.

    >>> example_of({"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}})
    {'city': 'text', 'days': 0}
    """
    return _example(schema, schema, 0)


def _example(schema: object, root: Mapping[str, Any], depth: int) -> object:
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return None
    if "$ref" in schema:
        return _example(_resolved(str(schema["$ref"]), root), root, depth + 1)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("enum", "examples"):
        if schema.get(name):
            return schema[name][0]
    for name in ("anyOf", "oneOf"):
        if schema.get(name):
            return _example({**_without(schema, name), **schema[name][0]}, root, depth + 1)
    if schema.get("allOf"):
        return _example(_merged(schema, root), root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else None)
    return _of_type(kind[0] if isinstance(kind, list) else kind, schema, root, depth)


def _of_type(kind: object, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> object:
    match kind:
        case "object":
            required = schema.get("required", [])
            properties = {**{name: {} for name in required}, **schema.get("properties", {})}
            # a schema within itself ends where it need not go on
            wanted = properties if depth < MAX_DEPTH // 2 else required
            return {name: _example(properties[name], root, depth + 1) for name in wanted}
        case "array":
            count = max(schema.get("minItems", 0), 1 if depth < MAX_DEPTH // 2 else 0)
            return [_example(schema.get("items", {}), root, depth + 1) for _ in range(count)]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    text = FORMATS.get(str(schema.get("format")), "text")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def _number(schema: Mapping[str, Any]) -> object:
    """Return the number nearest to nought that a schema takes."""
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if (low is None or low < 0) and (high is None or high > 0):
        return 0
    bound, away = (low, 1) if low is not None and low >= 0 else (high, -1)
    if "multipleOf" not in schema and bound in (schema.get("minimum"), schema.get("maximum")):
        return bound
    number = math.ceil(bound * away / step) * step * away
    excluded = (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum"))
    return number + step * away if number in excluded else number


def _resolved(pointer: str, root: Mapping[str, Any]) -> object:
    """Return what a reference within the schema points to, None for any other."""
    found: object = root
    for step in pointer.removeprefix("#/").split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _merged(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    merged = _without(schema, "allOf")
    for part in schema["allOf"]:
        part = _resolved(str(part["$ref"]), root) if "$ref" in part else part
        if isinstance(part, Mapping):
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", []), *part.get("required", [])]
            merged = {**merged, **part, "properties": properties, "required": required}
    return merged


def _without(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}
