"""Read JSON bodies, with a 400 that names the member that is wrong."""

from __future__ import annotations

import json
from base64 import b64decode
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

    from lambda_streaming import HTTPError

    Json = dict[str, object]


# Of the names that a caller made up, no more than this is said back.
_LONGEST = 300
# Of the names of dropped members no more than these are told.
_MOST_NAMES = 20


def bad_request(message: str, code: str = "invalid_value", param: str | None = None) -> HTTPError:
    """Return the 400 that names the field at fault."""
    from lambda_streaming import HTTPError  # only an error pays for it

    return HTTPError(400, message[:_LONGEST], code=code, param=param and param[:_LONGEST])


def json_object(event: Mapping[str, object], dropped: DroppedMembers | None = None) -> JsonObject:
    """Return the body of a proxy event.

    :param dropped: records members that nobody reads. Default: - they are refused
    :raises HTTPError: 400 when it is not a JSON object
    """
    raw = event.get("body") or ""
    try:
        text = b64decode(str(raw), validate=True).decode() if event.get("isBase64Encoded") else str(raw)
        body = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise bad_request("the body must be JSON", "invalid_json") from error
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object", "invalid_json")
    return JsonObject(body, dropped=dropped)


def decoded(value: object, path: str) -> bytes:
    """Return the bytes that a string has in Base64.

    :raises HTTPError: 400 when it has none
    """
    try:
        if isinstance(value, str) and value:
            return b64decode(value, validate=True)
    except ValueError:
        pass
    raise bad_request(f"{path} must be Base64", "invalid_base64", path)


class DroppedMembers:
    """The members of a request that are read by nobody, for the client and for the log.

    ``names`` has the names that are in a table of this package, ``unknown`` counts all others.

    :param strict: whether members of no table are refused
    """

    __slots__ = ("names", "strict", "unknown")

    def __init__(self, strict: bool = False) -> None:
        self.names: dict[str, None] = {}
        self.strict = strict
        self.unknown = 0

    def header(self) -> str:
        """Return the value of a header that names them; an empty one when nothing was dropped."""
        names = list(self.names)[:_MOST_NAMES]
        return ", ".join([*names, f"unknown: {self.unknown}"] if self.unknown else names)


class JsonObject:
    """The members of one JSON object of a request. Null is the same as not there.

    :param value: what should be an object
    :param path: where it is in the body; empty for the body itself
    :param dropped: records members that nobody reads. Default: - they are refused
    :raises HTTPError: 400 when it is no object, as every method does for a member of the wrong type
    """

    __slots__ = ("dropped", "path", "value")

    def __init__(self, value: object, path: str = "", dropped: DroppedMembers | None = None) -> None:
        if not isinstance(value, dict):
            raise _wrong(path or "the body", "an object")
        self.value: Json = value
        self.path = path
        self.dropped = dropped

    def at(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def only(self, *names: str) -> None:
        """Drop members that nobody would read, or refuse them where the deployment is strict."""
        for name, value in self.value.items():
            if name not in names and value is not None:
                self.drop_unknown(name)

    def drop(self, name: str) -> None:
        """Record that a member has no effect.

        :param name: from a table of this package, never the caller's own
        """
        if self.dropped:
            self.dropped.names[name] = None

    def drop_unknown(self, name: str) -> None:
        """Count a member that no table has, or refuse it where the deployment is strict."""
        if self.dropped is None or self.dropped.strict:
            path = self.at(name)
            raise bad_request(f"unknown field {path!r}", "unknown_field", path)
        self.dropped.unknown += 1

    def has(self, name: str) -> bool:
        """Return whether a member is there."""
        return self.value.get(name) is not None

    def unsupported(self, name: str, *harmless: object) -> None:
        """Refuse a member that has no counterpart in Bedrock, unless it asks for what happens anyway."""
        value = self.value.get(name)
        if value is not None and value not in harmless:
            raise bad_request(f"{self.at(name)} is not supported", "unsupported_value", self.at(name))

    def text(self, name: str) -> str | None:
        """Return a string."""
        value = self.value.get(name)
        if value is None or isinstance(value, str):
            return value
        raise _wrong(self.at(name), "a string")

    def required(self, name: str) -> str:
        """Return a string that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise bad_request(f"{self.at(name)} is missing", "missing_field", self.at(name))
        return value

    def number(self, name: str) -> int | float | None:
        """Return a number."""
        value = self.value.get(name)
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            return value
        raise _wrong(self.at(name), "a number")

    def integer(self, name: str) -> int | None:
        """Return an integer."""
        value = self.value.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise _wrong(self.at(name), "an integer")

    def flag(self, name: str) -> bool:
        """Return a boolean; False when there is none."""
        value = self.value.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise _wrong(self.at(name), "a boolean")

    def member(self, name: str) -> JsonObject | None:
        """Return an object; None when there is none."""
        return self.required_object(name) if self.has(name) else None

    def required_object(self, name: str) -> JsonObject:
        """Return an object that must be there."""
        return JsonObject(self.value.get(name), self.at(name), self.dropped)

    def sequence(self, name: str) -> list[object]:
        """Return a list; an empty one when there is none."""
        value = self.value.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise _wrong(self.at(name), "a list")

    def objects(self, name: str) -> Iterator[JsonObject]:
        """Yield the objects of a list."""
        for index, each in enumerate(self.sequence(name)):
            yield JsonObject(each, f"{self.at(name)}[{index}]", self.dropped)

    def strings(self, name: str) -> list[str]:
        """Return a list of strings."""
        values = self.sequence(name)
        if all(isinstance(each, str) for each in values):
            return [str(each) for each in values]
        raise _wrong(self.at(name), "a list of strings")


def _wrong(path: str, expected: str) -> HTTPError:
    return bad_request(f"{path} must be {expected}", "invalid_type", None if path == "the body" else path)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        _no_number(text)
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")
