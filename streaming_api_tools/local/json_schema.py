"""Check bodies against the JSON schemas of an API's models: draft 4, which is what API Gateway reads.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from referencing import Registry, Resource

Json = object
#: How much of what is wrong with a body is told.
MAX_PROBLEMS, MAX_LENGTH = 10, 200


class SchemaError(ValueError):
    """Raised when a schema cannot be used.

    :param uri: that of the model which has the mistake; another one may refer to it
    """

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(reason)
        self.uri = uri


class BodySchema:
    """Finds what is wrong with a body.

    :param uri: the model that bodies must be like
    :param models: the schemas of all models of the API, by the URL that ``$ref`` calls them by
    :raises SchemaError: when the schema, or one that it refers to, cannot be used

    >>> model = "https://apigateway.amazonaws.com/restapis/a1/models/Prompt"
    >>> schema = BodySchema(model, {model: {"type": "object", "required": ["prompt"]}})
    >>> schema.problem(b"{}")
    "[$: 'prompt' is a required property]"
    """

    def __init__(self, uri: str, models: Mapping[str, Json]) -> None:
        # only who has models waits for these imports
        from jsonschema import Draft4Validator
        from referencing import Registry

        try:
            resources = _reachable(uri, models)
            # a registry that is given is all there is: nothing is ever fetched
            registry = Registry[Json]().with_resources(resources.items()).crawl()
            for name, resource in resources.items():
                _check_references(name, resource, registry)
            self._validator = Draft4Validator({"$ref": uri}, registry=registry)
            self._problems({})
        except RecursionError as error:
            raise SchemaError(uri, "it refers to itself without an end, or is nested too deeply") from error

    def problem(self, body: bytes) -> str | None:
        """Return what is wrong with a body, None when nothing is; an empty one is an empty object.

        LocalStack found the latter in tests against AWS, which does not document it:
        https://github.com/localstack/localstack/pull/7916
        """
        try:
            found = self._problems(json.loads(body or b"{}", parse_constant=_refuse))
        except (ValueError, OverflowError):
            return "[the body is not JSON]"
        except RecursionError:
            return "[the body is nested too deeply]"
        return f"[{', '.join(found)}]" if found else None

    def _problems(self, value: Json) -> list[str]:
        errors = islice(self._validator.iter_errors(value), MAX_PROBLEMS)
        return [_printable(f"{error.json_path}: {error.message}") for error in errors]


def _reachable(uri: str, models: Mapping[str, Json]) -> dict[str, Resource[Json]]:
    """Return a model and those that it refers to, also by way of others."""
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    found: dict[str, Resource[Json]] = {}
    waiting = [uri]
    while waiting:
        name = waiting.pop()
        if name in found or name not in models:
            continue
        model = _as_draft_4(models[name])
        _check(name, model)
        found[name] = DRAFT4.create_resource(model)
        try:
            Registry[Json]().with_resource(name, found[name]).crawl()
        except ValueError as error:
            raise SchemaError(name, f"id: {error}") from error
        waiting += [reference.partition("#")[0] for reference in _references(name, found[name])]
    return found


def _schemas(resource: Resource[Json]) -> Iterator[Mapping[str, Json]]:
    """Yield a schema and all schemas in it."""
    if isinstance(resource.contents, dict):
        yield resource.contents
    for inner in resource.subresources():
        yield from _schemas(inner)


def _references(uri: str, resource: Resource[Json]) -> Iterator[str]:
    for schema in _schemas(resource):
        reference = schema.get("$ref", "")
        if not isinstance(reference, str):
            raise SchemaError(uri, f"$ref: expected text, got {reference!r}")
        if "$ref" in schema:
            yield reference


def _check_references(uri: str, resource: Resource[Json], registry: Registry[Json]) -> None:
    from referencing.exceptions import Unresolvable

    resolver = registry.resolver(resource.id() or uri)
    for reference in _references(uri, resource):
        try:
            referred = resolver.lookup(reference).contents
        except (Unresolvable, ValueError) as error:
            raise SchemaError(uri, f"$ref {reference} leads to nothing in this API") from error
        _check(uri, referred)


def _check(uri: str, schema: Json) -> None:
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError as Mistake
    from referencing.jsonschema import DRAFT4

    try:
        # of the formats, `regex`: a pattern that Python cannot read
        Draft4Validator.check_schema(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
        for inner in _schemas(DRAFT4.create_resource(schema)):
            patterns = inner.get("patternProperties")
            for pattern in patterns if isinstance(patterns, dict) else ():
                re.compile(pattern)
    except Mistake as mistake:
        raise SchemaError(uri, _printable(f"{mistake.json_path}: {mistake.message}")) from mistake
    except re.error as error:
        raise SchemaError(uri, f"patternProperties: {error}") from error


def _as_draft_4(schema: Json) -> Json:
    """Return a schema that names no version of its own, which jsonschema would go by."""
    if isinstance(schema, list):
        return [_as_draft_4(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _as_draft_4(value)
        for name, value in schema.items()
        if name != "$schema" or not isinstance(value, str)
    }


def _printable(text: str) -> str:
    """Return a text that may quote a body, so that it fits into a line of a log."""
    shown = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}..."
    return shown.encode("utf-8", "backslashreplace").decode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
