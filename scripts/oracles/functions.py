"""List the oracles of the code that runs in Lambda."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_api_tools.local.functions.node import RELEASES
from tests.clients import official
from tests.oracles import (
    asgi_apps,
    asgi_differences,
    asgi_scopes,
    npm,
    sse_differences,
    sse_events,
    sse_streams,
    test_wsgi,
    wsgi_apps,
)
from tests.runtime import test_conformance
from tests.runtime.frameworks import FRAMEWORKS
from tests.unit.lambda_src.lambda_streaming import request_events

from .oracle import Oracle, chromium, pinned, python


def streams() -> Iterator[Oracle]:
    """Yield what is held against readers of server-sent events."""
    streams, seeded, examples = len(sse_streams.STREAMS), sse_events.SEEDED, sse_events.PROPERTY
    kinds = {
        "httpx-sse": (python("httpx-sse"), f", and {examples} arbitrary streams and {examples} events"),
        "eventsource-parser": (npm.version("eventsource-parser"), f" and {seeded} events"),
        "Chromium": (f"{chromium()}, its `EventSource`", f" and {seeded} events"),
    }
    for name, (version, more) in kinds.items():
        left = [each for each in sse_differences.DIFFERENCES if each.oracle == name]
        yield Oracle(
            "server-sent events, encoder and decoder",
            f"{name} {version}",
            f"{streams} streams{more}",
            "tests/oracles/test_sse.py",
            tuple(f"{each.name}: {each.why}" for each in left),
        )


def adapters() -> Iterator[Oracle]:
    """Yield what is held against servers, frameworks, runtimes and clients."""
    uvicorn = f"uvicorn {pinned('tests/pins/uvicorn.in', 'uvicorn')}"
    yield Oracle(
        "`lambda_streaming.asgi`: messages",
        uvicorn,
        f"{asgi_apps.SCRIPTS} applications, and {asgi_apps.PROPERTY} arbitrary ones",
        "tests/oracles/test_asgi.py",
        (
            *(f"{each.name}: {each.why}" for each in asgi_differences.DIFFERENCES),
            "an empty body behind a function URL, which gets a line end lest it hang, is left out",
        ),
    )
    yield Oracle(
        "`lambda_streaming.asgi`: scope",
        uvicorn,
        f"{len(asgi_scopes.REQUESTS)} requests, {len(asgi_scopes.TYPES)} keys",
        "tests/oracles/test_asgi_scope.py",
        tuple(f"`{key}`: {why}" for key, why in asgi_scopes.DIFFERENCES.items()),
    )
    frameworks = "tests/pins/frameworks.in"
    yield Oracle(
        "`lambda_streaming.wsgi`: responses",
        f"wsgiref of Python, a2wsgi {pinned(frameworks, 'a2wsgi')}",
        f"{wsgi_apps.SCRIPTS} applications; a2wsgi those of the first {wsgi_apps.IN_A2WSGI} that work",
        "tests/oracles/test_wsgi.py",
        (
            "a head that is replaced after empty blocks: wsgiref has sent it, PEP 3333 says that it waits",
            "a head that is replaced: a2wsgi sends each at once, so these are left out with it",
        ),
    )
    yield Oracle(
        "`lambda_streaming.wsgi`: environ",
        f"a2wsgi {pinned(frameworks, 'a2wsgi')}",
        f"{len(request_events.READ)} events",
        "tests/oracles/test_wsgi.py",
        tuple(f"`{key}`: {why}" for key, why in test_wsgi.DIFFERENCES.items()),
    )
    yield Oracle(
        "`lambda_streaming.asgi` and `wsgi`: applications of frameworks",
        f"uvicorn {pinned(frameworks, 'uvicorn')}, hypercorn {pinned(frameworks, 'hypercorn')}, wsgiref",
        f"{len(FRAMEWORKS)} applications, 3 requests each",
        "tests/runtime/test_frameworks.py",
    )
    runtimes = ", ".join(sorted({release.client for release in RELEASES.values()}))
    yield Oracle(
        "`lambda_streaming`: bytes for the Runtime API",
        f"aws-lambda-ric (Node.js) {runtimes}",
        f"{len(test_conformance.SCENARIOS)} responses on {len(RELEASES)} runtimes",
        "tests/runtime/test_conformance.py",
        ("an error: the client is told of it before the end, and its type is `Function.Type` for Lambda",),
    )
    yield Oracle(
        "the formats of the chat function",
        "the official clients of OpenAI, Anthropic, the AI SDK and LangChain, pinned in tests/pins",
        f"{len(official.CLIENTS)} clients, {len(official.TABLE)} of them with every row of the error table",
        "tests/clients/test_sdks.py",
    )


def usage() -> Iterator[Oracle]:
    """Yield what is held against prices and schemas of metrics and spans."""
    yield Oracle(
        "the table of prices",
        f"the price map of LiteLLM {pinned('tests/pins/litellm.in', 'litellm')}",
        "every price of every row",
        "tests/oracles/test_prices.py",
    )
    yield Oracle(
        "the metrics in records of usage",
        "AWS's schema of the embedded metric format, in Powertools for AWS Lambda "
        f"{pinned('tests/pins/emf.in', 'aws-lambda-powertools')}",
        "a whole and a failed request, with and without callers",
        "tests/runtime/test_usage_metrics.py",
    )
    yield Oracle(
        "the spans of calls of models",
        f"OpenTelemetry's SDK {pinned('tests/pins/opentelemetry.in', 'opentelemetry-sdk')} and its "
        "semantic conventions",
        "3 requests",
        "tests/runtime/test_usage_spans.py",
    )
