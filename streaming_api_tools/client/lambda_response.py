"""Parse the response of a streaming function: metadata, a delimiter, then the body as it comes.

The local gateway answers by it and ``smoke`` judges by it: what one refuses, the other refuses.
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
(section "Lambda proxy integration format for response streaming")
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..json_text import parse_json

#: The content type with which a function announces that metadata comes first.
CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
#: "The delimiter must be within the first 16 KB" of the response.
METADATA_LIMIT = 16 * 1024
#: RFC 9110, section 5.6.2: what the name of a header may have.
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: The only keys of the metadata; all are optional.
KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "cookies"})


class MalformedResponseError(ValueError):
    """Raised when a function responds in a format that API Gateway does not accept."""


class NoDelimiterError(MalformedResponseError):
    """Raised when there is no delimiter behind the metadata, or none where it has to be."""


@dataclass(frozen=True)
class ResponseMetadata:
    """Status and headers, in the order in which they are sent."""

    status: int
    headers: tuple[tuple[str, str], ...]


class LambdaResponseParser:
    r"""Splits the output of a streaming function, however it is cut into chunks.

    >>> parser = LambdaResponseParser()
    >>> parser.feed(b'{"statusCode":20')
    b''
    >>> parser.feed(b'1}' + bytes(8) + b'first')
    b'first'
    >>> parser.metadata
    ResponseMetadata(status=201, headers=())
    """

    def __init__(self) -> None:
        self.metadata: ResponseMetadata | None = None
        self._buffer = b""

    def feed(self, chunk: bytes) -> bytes:
        """Take the next chunk and return the part of it that belongs to the body.

        :raises MalformedResponseError: when it cannot become a response any more
        """
        if self.metadata is not None:
            return chunk
        self._buffer += chunk
        end = self._buffer.find(DELIMITER, 0, METADATA_LIMIT)
        if end >= 0:
            self.metadata = parse_metadata(self._buffer[:end])
            body, self._buffer = self._buffer[end + len(DELIMITER) :], b""
            return body
        if len(self._buffer) >= METADATA_LIMIT:
            raise NoDelimiterError(f"no delimiter of 8 NUL bytes in the first {METADATA_LIMIT} bytes")
        return b""

    def finish(self) -> None:
        """End the response.

        :raises MalformedResponseError: when there was no delimiter
        """
        if self.metadata is None:
            raise NoDelimiterError(f"the response ended after {len(self._buffer)} bytes without a delimiter")


def parse_metadata(text: bytes) -> ResponseMetadata:
    """Return the metadata that stands before the delimiter.

    :raises MalformedResponseError: with what is wrong with it
    """
    try:
        metadata = parse_json(text)
    except ValueError as error:
        raise MalformedResponseError(f"the metadata is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise MalformedResponseError(f"the metadata must be a JSON object, got {type(metadata).__name__}")
    unknown = metadata.keys() - KEYS
    if unknown:
        raise MalformedResponseError(f"the metadata has unknown keys: {', '.join(sorted(unknown))}")
    return ResponseMetadata(status_code(metadata.get("statusCode", 200)), response_headers(metadata))


def status_code(value: object) -> int:
    """Return a status code, which may also be given as text.

    :raises MalformedResponseError: when it is none
    """
    if isinstance(value, (int, str)) and not isinstance(value, bool) and str(value).isdecimal():
        status = int(value)
        if 200 <= status <= 599:
            return status
    raise MalformedResponseError(f"statusCode must be a number from 200 to 599, got {value!r}")


def response_headers(metadata: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Return all headers; of a name that is in both maps, ``multiValueHeaders`` wins.

    :raises MalformedResponseError: when a map or a value has the wrong type
    """
    multiple = metadata.get("multiValueHeaders") or {}
    single = metadata.get("headers") or {}
    cookies = metadata.get("cookies") or []
    if not isinstance(multiple, dict) or not all(isinstance(values, list) for values in multiple.values()):
        raise MalformedResponseError("multiValueHeaders must be an object of lists")
    if not isinstance(single, dict) or not isinstance(cookies, list):
        raise MalformedResponseError("headers must be an object and cookies a list")
    taken = {name.lower() for name in multiple}
    fields = [(name, value) for name, value in single.items() if name.lower() not in taken]
    fields += [(name, value) for name, values in multiple.items() for value in values]
    fields += [("Set-Cookie", value) for value in cookies]
    return tuple((name, _header_value(name, value)) for name, value in fields)


def _header_value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise MalformedResponseError(f"the value of header {name} must be text, got {type(value).__name__}")
    text = str(value)
    if not TOKEN.fullmatch(name):
        raise MalformedResponseError(f"{name!r} cannot be the name of a header")
    if any(character in text for character in "\r\n\0"):
        raise MalformedResponseError(f"header {name!r} has a line break or a NUL")
    if name.lower() == "content-length" and not (text.isascii() and text.isdecimal()):
        raise MalformedResponseError(f"Content-Length must be a number, got {text!r}")
    return text
