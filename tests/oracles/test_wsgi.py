"""Hold our WSGI adapter against the reference implementation in Python's library, and against a2wsgi."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from lambda_streaming import asgi, wsgi
from starlette.types import Receive, Scope, Send

from tests.oracles.wsgi_apps import IN_A2WSGI, in_a2wsgi, in_lambda, in_wsgiref, seeded
from tests.support.packages import package
from tests.unit.lambda_src.lambda_streaming.request_events import READ

#: Key of the environ -> why it differs from a2wsgi's.
DIFFERENCES = {
    "asgi.scope": "a2wsgi is below ASGI",
    "aws.context": "what Lambda gave the handler, which a2wsgi has in its scope",
    "aws.event": "the same",
    "wsgi.errors": "a2wsgi writes to standard output, this library to standard error",
    "wsgi.file_wrapper": "a2wsgi has none",
    "wsgi.input": "another object with the same bytes",
    "wsgi.multithread": "a2wsgi has a pool of threads, this library the handler's own",
    "REMOTE_PORT": "the event does not tell it",
    "HTTP_COOKIE": "several headers: a2wsgi joins them with a comma, RFC 9113 (8.2.3) with a semicolon",
}


def test_wsgi_application_answers_as_in_the_reference_implementation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds: Counter[str] = Counter()
    parted = 0
    for each in seeded():
        ours, theirs = in_lambda(each, monkeypatch), in_wsgiref(each)
        kinds[ours.error] += 1
        if ours.error and ours.status is None:
            # the client gets an error page there, and API Gateway's own here
            ours, theirs = (replace(it, headers={}, body=b"", status=None) for it in (ours, theirs))
        if each.replaces_after_nothing:
            parted += ours != theirs
            continue
        assert ours == theirs, each
    assert parted, "the listed difference exists"
    assert set(kinds) == {"", "protocol", "ZeroDivisionError", "LookupError"}
    assert kinds[""] > 0.5 * kinds.total()


def test_wsgi_application_answers_as_in_a2wsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for each in seeded()[:IN_A2WSGI]:
        ours = in_lambda(each, monkeypatch)
        # a2wsgi sends a head when it is started, so that there is no other in its place
        if not ours.error and len(each.starts) == 1 and "again" not in each.blocks:
            assert ours == in_a2wsgi(each, monkeypatch), each
            compared += 1
    assert compared > 60


@pytest.mark.parametrize("name", READ)
def test_wsgi_environ_is_the_one_of_a2wsgi(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(package("frameworks")))
    build: Any = importlib.import_module("a2wsgi.wsgi").build_environ
    scopes: list[dict[str, Any]] = []
    environs: list[dict[str, Any]] = []

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scopes.append(dict(scope))
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:  # noqa: ANN401
        environs.append(environ)
        start_response("204 No Content", [])
        return []

    asgi(served)(READ[name][0], None)
    wsgi(application)(READ[name][0], None)
    theirs, ours = build(scopes[0], None), environs[0]
    different = {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key) and key not in DIFFERENCES
    }
    assert different == {}
