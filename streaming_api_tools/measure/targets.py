"""Defines the targets of a challenge: anything that turns it into the moments of an exchange."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..client.http_post import post
from ..client.moments import HTTP_1_1, Moment, Request
from ..client.sigv4 import RequestSigner
from ..proxies import proxy_for, without_password
from .challenge import Challenge


class ChallengeTarget(Protocol):
    """A probe, and the transport to it."""

    def described(self) -> Mapping[str, object]:
        """Return the description for the report; it has no credentials."""

    def answer(self, challenge: Challenge, *, idle: float, total: float) -> AsyncGenerator[Moment, None]:
        """Send one challenge and yield what happens; the last moment is an ``End``."""


@dataclass(frozen=True)
class ApiTarget:
    """A probe route, and what a request to it needs.

    :param body: sent instead of a challenge, to an endpoint that is not a probe
    :param http_version: as :class:`~streaming_api_tools.client.moments.Request` has it
    :param unsigned: headers that something on the way may change, and that no signature covers
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    signer: RequestSigner | None = None
    body: bytes | None = None
    http_version: str = HTTP_1_1
    unsigned: Mapping[str, str] = field(default_factory=dict)

    def described(self) -> Mapping[str, object]:
        """Return the URL, the Region that requests are signed for, and the proxy on the way."""
        return {
            "url": self.url,
            "signed_for": self.signer.region if self.signer else None,
            "proxy": without_password(proxy) if (proxy := proxy_for(self.url)) else None,
            "http_version": self.http_version,
        }

    def prepare(self, request: Request) -> Request:
        """Return a request with the headers of the target, signed now."""
        headers = {**request.headers, **self.headers}
        request = replace(request, headers=headers, http_version=self.http_version)
        return self.signer.sign(request) if self.signer else request

    def answer(self, challenge: Challenge, *, idle: float, total: float) -> AsyncGenerator[Moment, None]:
        """Send one challenge over a connection of its own."""
        request = challenge.request(self.url)
        if self.body is not None:
            request = replace(request, body=self.body)
        request = self.prepare(request)
        request = replace(request, headers={**request.headers, **self.unsigned})
        return post(request, idle=idle, total=total)
