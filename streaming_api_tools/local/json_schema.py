"""The JSON schemas of an API's models, as draft 4 has them, which is what API Gateway reads.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NoReturn

Json = object
#: How much of what is wrong with a body is told.
MAX_PROBLEMS, MAX_LENGTH = 10, 200


class SchemaError(ValueError):
    """A schema that cannot be used.

    :param uri: that of the model which has the mistake; another one may refer to it
    """

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(reason)
        self.uri = uri


class BodySchema:
    """Tells what is wrong with a body.

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
        from referencing.exceptions import Unresolvable
        from referencing.jsonschema import DRAFT4

        resources = [(name, DRAFT4.create_resource(model)) for name, model in models.items()]
        registry = Registry[Json]().with_resources(resources).crawl()
        # a registry that is given is all there is: nothing is ever fetched
        self._validator = Draft4Validator({"$ref": uri}, registry=registry)
        for name in _reachable(uri, models):
            _check(name, models[name])
            resolver = registry.resolver(DRAFT4.create_resource(models[name]).id() or name)
            for reference in _references(models[name]):
                try:
                    resolver.lookup(reference)
                except Unresolvable as error:
                    raise SchemaError(name, f"$ref {reference} leads to nothing in this API") from error
        try:
            self._problems({})
        except RecursionError as error:
            raise SchemaError(uri, "it refers to itself without an end") from error

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


def _reachable(uri: str, models: Mapping[str, Json]) -> list[str]:
    """Return a model and those that it refers to, also by way of others."""
    found = [uri]
    for name in found:
        for reference in _references(models[name]):
            target = reference.partition("#")[0]
            if target in models and target not in found:
                found.append(target)
    return found


def _check(uri: str, schema: Json) -> None:
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError as Mistake

    try:
        # of the formats, `regex`: a pattern that Python cannot read
        Draft4Validator.check_schema(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
        for pattern in _names_of_pattern_properties(schema):
            re.compile(pattern)
    except Mistake as mistake:
        raise SchemaError(uri, _printable(f"{mistake.json_path}: {mistake.message}")) from mistake
    except re.error as error:
        raise SchemaError(uri, f"patternProperties: {error}") from error


def _references(schema: Json) -> Iterator[str]:
    return (value for name, value in _members(schema) if name == "$ref" and isinstance(value, str))


def _names_of_pattern_properties(schema: Json) -> Iterator[str]:
    for name, value in _members(schema):
        if name == "patternProperties" and isinstance(value, dict):
            yield from value


def _members(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the members of an object, and of all objects in it."""
    if isinstance(value, dict):
        yield from value.items()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _members(item)


def _printable(text: str) -> str:
    """Return a text that may quote a body, so that it fits into a line of a log."""
    shown = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}..."
    return shown.encode("utf-8", "backslashreplace").decode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
