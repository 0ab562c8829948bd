"""Read the file of a template: JSON, or YAML with CloudFormation's short forms of intrinsic functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .lenient_json import Json
from .yaml import parse

#: Deeper templates are refused, so that whatever reads them comes to an end.
MAX_DEPTH = 150
#: CloudFormation takes a megabyte; the aliases of YAML can stand for any number of values.
MAX_VALUES = 200_000


class TemplateFileError(ValueError):
    """Raised when a file has no template in it; says why."""


def read_template(file: Path) -> Mapping[str, Json]:
    """Return the content of a template's file.

    :raises TemplateFileError: when it cannot be read, is not an object, or is too deep or too large
    """
    content = _read_text(file)
    try:
        template = parse_template(content, is_json=file.suffix == ".json")
    except ValueError as error:
        raise TemplateFileError(f"{file} is {error}") from None
    return template


def read_json(file: Path) -> Mapping[str, Json]:
    """Return the object in a file that the CDK wrote.

    :raises TemplateFileError: when it cannot be read, or is not an object in JSON
    """
    try:
        value = _parse_json(_read_text(file))
    except ValueError as error:
        raise TemplateFileError(f"{file} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise TemplateFileError(f"{file} is not an object")
    return value


def parse_template(content: str, *, is_json: bool = False) -> Mapping[str, Json]:
    """Return a template.

    :param content: its text, JSON or YAML
    :param is_json: whether it must be JSON. Default: False
    :raises ValueError: when it is not a template; says what it is instead
    """
    try:
        template = _parse_json(content)
    except ValueError as error:
        if is_json:
            raise ValueError(f"not a template in JSON: {error}") from None
        template = _parse_yaml(content)
    if not isinstance(template, dict):
        raise ValueError("not a template: it must be an object")
    try:
        _measure(template, MAX_DEPTH, {})
    except ValueError as error:
        raise ValueError(f"not a template: {error}") from None
    return template


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise TemplateFileError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise TemplateFileError(f"{file} is not a template: {error}") from None


def _parse_json(content: str) -> Json:
    try:
        value: Json = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _parse_yaml(content: str) -> Json:
    try:
        return parse(content)
    except RecursionError:
        raise ValueError("not a template: nested too deeply") from None


def _measure(value: Json, depth: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many values a value holds and how deep it is; what aliases share is counted each time.

    :param depth: how deep it may be
    :param known: what was measured before, by identity
    """
    if depth <= 0:
        raise ValueError(f"nested too deeply, more than {MAX_DEPTH} levels")
    if not isinstance(value, dict | list):
        if value is not None and not isinstance(value, str | int | float):
            raise ValueError(f"it holds a {type(value).__name__}, which JSON does not have")
        return 1, 1
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        sizes = [_measure(each, depth - 1, known) for each in inner]
        known[id(value)] = (
            1 + sum(size for size, _ in sizes),
            1 + max((height for _, height in sizes), default=0),
        )
    size, height = known[id(value)]
    if height > depth:
        raise ValueError(f"nested too deeply, more than {MAX_DEPTH} levels")
    if size > MAX_VALUES:
        raise ValueError(f"its aliases stand for more than {MAX_VALUES} values")
    return size, height
