"""Judge cross-origin resource sharing: the origins that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...template.symbols import display
from ..rule import Finding, Rule, Severity, check
from ..subjects.read import Subjects

# scheme://host[:port], nothing after it: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s'\",]+")

STREAM025 = Rule(
    "STREAM025",
    Severity.ERROR,
    "CORS with credentials for every origin",
    "name the origins, or leave Access-Control-Allow-Credentials out: browsers refuse '*' with credentials",
    "https://fetch.spec.whatwg.org/#http-access-control-allow-origin",
)


@check(STREAM025, of="cors")
def credentials_for_all(subjects: Subjects) -> Iterator[Finding]:
    """Yield the answers to preflight requests that browsers refuse."""
    for answer in subjects.cors if subjects.anything_streams else ():
        if "*" in answer.origins and answer.credentials:
            message = "Access-Control-Allow-Origin is '*' with Access-Control-Allow-Credentials"
            yield STREAM025.found(answer.resource, answer.path, message)


STREAM026 = Rule(
    "STREAM026",
    Severity.ERROR,
    "a CORS origin that no browser sends",
    "write scheme://host[:port], without a slash, path or quote after it",
    "https://fetch.spec.whatwg.org/#http-access-control-allow-origin",
)


@check(STREAM026, of="cors")
def unknown_origin(subjects: Subjects) -> Iterator[Finding]:
    """Yield the origins that no browser sends."""
    for answer in subjects.cors if subjects.anything_streams else ():
        for origin in answer.origins:
            if not _is_origin(origin):
                yield STREAM026.found(answer.resource, answer.path, f"the origin is '{display(origin)}'")


def _is_origin(origin: str) -> bool:
    # of an origin that is put together at deployment only the end is known
    return not origin.endswith("/") if "${" in origin else _ORIGIN.fullmatch(origin) is not None
