"""Writes a file for Locust, which drives load from more than one machine.

``HttpUser`` reads with requests, piece by piece. ``FastHttpUser`` waits for the whole answer, and would show
no stream at all.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template

from ..client.sigv4 import SERVICE

TEMPLATE = "locustfile.py.template"


def locustfile(
    name: str,
    url: str,
    body: bytes | None,
    region: str | None,
    gaps: int,
    gap_ms: tuple[int, int],
    service: str = SERVICE,
) -> str:
    """Return the file.

    :param body: sent instead of a schedule
    :param region: to sign for. Default: - unsigned
    :param service: to sign for; ``cloudfront`` gets the hash of the body alone
    :param gaps: gaps of a schedule
    :param gap_ms: their range in milliseconds
    """
    shortest, longest = gap_ms
    return Template((files(__package__) / TEMPLATE).read_text("utf-8")).substitute(
        name=name,
        url=repr(url),
        body=repr(body),
        region=repr(region),
        service=repr(service),
        gaps=gaps,
        shortest=shortest,
        longest=longest,
    )
