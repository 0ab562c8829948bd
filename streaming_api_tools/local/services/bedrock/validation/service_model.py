"""Read the trimmed model of bedrock-runtime as JSON schemas.

``scripts/bedrock_service_model.py`` writes the data. jsonschema does the validation: botocore's own validator
knows no ``max``, no ``pattern`` and no ``enum``, and the user's botocore may be of another day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from .base64_text import decoded_length

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

Json = Mapping[str, Any]
DATA = "service_model.json"
#: JSON's types for those of the service; an integer may come with a point, as Java's numbers do.
TYPES = {
    "string": "string",
    "blob": "string",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "list": "array",
    "map": "object",
    "structure": "object",
}
#: The keywords of JSON Schema for ``min`` and ``max`` of each type.
BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "float": ("minimum", "maximum"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}


class Descending(Protocol):
    """A validator of jsonschema, which has more than its protocol."""

    def descend(
        self, instance: object, schema: Json, path: str | None = None, schema_path: str | None = None
    ) -> Iterator[ValidationError]:
        """Yield the errors of a part."""
        ...


@dataclass(frozen=True)
class MemberOutside:
    """A member of a request that is not in its body.

    :param name: its name in the service model
    :param header: the header it is in, in lower case; None when it is in the path
    """

    name: str
    header: str | None


@cache
def data() -> Json:
    """Return the trimmed model."""
    return json.loads(files(__package__).joinpath(DATA).read_text("utf-8"))  # type: ignore[no-any-return]


@cache
def outside_body(operation: str) -> tuple[MemberOutside, ...]:
    """Return the members of a request that are in its path and headers."""
    members = data()["shapes"][data()["operations"][operation]]["members"]
    return tuple(
        MemberOutside(name, member["locationName"].lower() if member["location"] == "header" else None)
        for name, member in members.items()
        if "location" in member
    )


@cache
def payload_limit(operation: str) -> int | None:
    """Return the most bytes of a body that is native to the model, None for one of members."""
    shape = data()["shapes"][data()["operations"][operation]]
    payload = shape.get("payload")
    return data()["shapes"][shape["members"][payload]["shape"]]["max"] if payload else None


@cache
def validator(operation: str) -> Validator:
    """Return the validator of the whole request of an operation, but for a native body."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    schema = dict(_schema(data()["operations"][operation], False))
    payload = data()["shapes"][data()["operations"][operation]].get("payload")
    schema["properties"] = {name: it for name, it in schema["properties"].items() if name != payload}
    # None is a member that is absent, as Bedrock has it
    keywords: dict[str, Callable[..., Iterator[ValidationError]]] = {
        "required": _required,
        "properties": _properties,
        "additionalProperties": _unknown,
        "union": _union,
        "blob": _blob,
        "document": _document,
    }
    made: Validator = extend(Draft202012Validator, keywords)(schema)
    return made


@cache
def _schema(name: str, sensitive: bool) -> dict[str, Any]:
    """Return the schema of a shape; shapes refer to no shape above them, so no reference is left."""
    shape = data()["shapes"][name]
    kind, sensitive = shape["type"], sensitive or shape.get("sensitive", False)
    schema: dict[str, Any] = {"sensitive": sensitive, "shape": name}
    if shape.get("document"):
        return {**schema, "document": True}
    schema["type"], schema["kind"] = TYPES[kind], kind
    if kind == "structure":
        schema["properties"] = {
            member: _schema(it["shape"], sensitive) for member, it in shape["members"].items()
        }
        schema["required"] = shape.get("required", [])
        schema["union" if shape.get("union") else "additionalProperties"] = False
    elif kind == "list":
        schema["items"] = _schema(shape["member"]["shape"], sensitive)
    elif kind == "map":
        within = {"propertyNames": ("key", "Map keys"), "additionalProperties": ("value", "Map value")}
        for keyword, (part, said) in within.items():
            schema[keyword] = {**_schema(shape[part]["shape"], sensitive), "within": said}
    elif kind == "blob":
        schema["blob"] = {bound: shape[bound] for bound in ("min", "max") if bound in shape}
    if "enum" in shape:
        schema["enum"] = shape["enum"]
    if "pattern" in shape:
        # the service takes a pattern for that of the whole text
        schema["pattern"] = rf"\A(?:{shape['pattern']})\Z"
    for bound, keyword in zip(("min", "max"), BOUNDS.get(kind, ()), strict=False):
        if bound in shape:
            schema[keyword] = shape[bound]
    return schema


def _error(message: str, *path: str) -> ValidationError:
    from jsonschema import ValidationError

    return ValidationError(message, path=path)


def _required(
    validator: Descending, names: list[str], instance: object, schema: Json
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (_error(name, name) for name in names if instance.get(name) is None)


def _properties(
    validator: Descending, properties: Json, instance: object, schema: Json
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name, subschema in properties.items():
            if instance.get(name) is not None:
                yield from validator.descend(instance[name], subschema, path=name, schema_path=name)


def _unknown(
    validator: Descending, allowed: object, instance: object, schema: Json
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for name, value in instance.items():
        if isinstance(allowed, dict):
            yield from validator.descend(value, allowed, path=name)
        elif name not in schema["properties"] and value is not None:
            yield _error(name)


def _union(
    validator: Descending, allowed: object, instance: object, schema: Json
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        given = [name for name, value in instance.items() if value is not None]
        if len(given) != 1 or given[0] not in schema["properties"]:
            yield _error(", ".join(schema["properties"]))


def _blob(validator: Descending, bounds: Json, instance: object, schema: Json) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    length = decoded_length(instance)
    if length is None:
        yield _error("base64")
    elif length < bounds.get("min", 0):
        yield _error("min")
    elif length > bounds.get("max", length):
        yield _error("max")


def _document(
    validator: Descending, value: bool, instance: object, schema: Json
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        yield _error("no object")
