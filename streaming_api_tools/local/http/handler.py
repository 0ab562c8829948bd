"""Define request and answer of a handler that gets requests whole, over any version of HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Request:
    """A whole request; names of headers are in lower case.

    :param fields: its headers as they came, where one may come several times
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    fields: tuple[tuple[str, str], ...] = ()


#: Headers of a response; as pairs, where one may be there several times.
Headers = Mapping[str, str] | Sequence[tuple[str, str]]


def pairs(headers: Headers) -> list[tuple[str, str]]:
    """Return headers as pairs."""
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


class Answer(Protocol):
    """The response to one request; every method that waits raises ConnectionError when the client is gone."""

    async def start(self, status: int, headers: Headers) -> None:
        """Send status and headers."""

    async def write(self, data: bytes) -> None:
        """Send a part of the body; waits while the client is too far behind."""

    async def end(self) -> None:
        """Say that the body is whole."""

    def cut(self) -> None:
        """Close the connection after what was written."""


Handler = Callable[[Request, Answer], Awaitable[None]]
