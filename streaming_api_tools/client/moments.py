"""Describe an HTTP exchange as a sequence of moments, each with the time at which the client saw it.

Whatever performs the exchange yields ``Sent``, ``Head``, ``Part``..., ``End``: nothing is raised, because how
an exchange ended is what the tools report. Times are ``time.perf_counter_ns``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

#: The versions of HTTP that a request can ask for, as ``--http-version`` has them. ``auto`` is HTTP/2 where a
#: server offers it in the TLS handshake (ALPN), as browsers and curl do, and else HTTP/1.1.
HTTP_1_1, HTTP_2, AUTO = "1.1", "2", "auto"
HTTP_VERSIONS = (HTTP_1_1, HTTP_2, AUTO)


@dataclass(frozen=True)
class Request:
    """A request, byte for byte as it is sent and signed.

    :param http_version: one of :data:`HTTP_VERSIONS`
    """

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    http_version: str = HTTP_1_1


class Ending(Enum):
    """The end of an exchange."""

    CLOSED = "closed"  # the body ended as its framing says
    CUT = "cut"  # the connection went away within the head or the body
    SILENT = "silent"  # nothing arrived for the idle time
    OVERDUE = "overdue"  # the exchange took longer than it may
    UNREACHABLE = "unreachable"  # no connection
    FAILED = "failed"  # the function reported an error; only a direct invocation shows it
    MALFORMED = "malformed"  # what a function sent is no HTTP response; likewise


@dataclass(frozen=True)
class Sent:
    """The request's headers were written to an open connection; the clock of every measure starts here."""

    ns: int
    connect_ns: int


@dataclass(frozen=True)
class Head:
    """The status and the headers arrived; header names are in lower case.

    :param http_version: the version that was spoken. Default: - the answer did not come over HTTP
    """

    ns: int
    status: int
    headers: Mapping[str, str]
    http_version: str = ""

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Part:
    """One read of body bytes, as they came from the socket."""

    ns: int
    data: bytes


@dataclass(frozen=True)
class End:
    """The last moment of every exchange.

    :param lag_ms: longest time by which this client woke up late meanwhile, where it was observed
    """

    ns: int
    how: Ending
    detail: str = ""
    lag_ms: float = 0.0


Moment = Sent | Head | Part | End
