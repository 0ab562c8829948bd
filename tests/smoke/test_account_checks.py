"""The checks that ask the account, both ways: the function by itself, the stage and the access log."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from aiohttp import web

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.account import read_log_line
from streaming_api_tools.measure.resolve import NamedFunction
from streaming_api_tools.measure.subject import CallOptions, function_target
from tests.smoke.aws_standin import (
    FUNCTIONS,
    METADATA,
    Script,
    Write,
    collected,
    function,
    probe,
    refusing,
    rest_api,
)
from tests.smoke.check_contexts import check, context_of
from tests.smoke.servers import Handler, serving
from tests.support.stretched import until_told

STREAM = {"type": "AWS_PROXY", "uri": "arn:x", "responseTransferMode": "STREAM", "timeoutInMillis": 900_000}
LINE = {"responseTransferMode": "STREAM", "timeToFirstContent": "40", "integrationLatency": "2000"}


def test_smoke_check_direct_passes_streaming_and_fails_buffering_function(
    as_account: Callable[[str], Account], api: str
) -> None:
    async def with_log(request: web.Request, write: object) -> Mapping[str, str]:
        await probe(request, write)  # type: ignore[arg-type]
        log = "UkVQT1JUIFJlcXVlc3RJZDogMSBJbml0IER1cmF0aW9uOiAxMjMuNDUgbXM="
        return {"LogResult": log}

    scripts = {
        "good": function(with_log),
        "bad": function(collected),
        "denied": refusing(403, "AccessDenied"),
    }
    with serving(lambda: {FUNCTIONS.format(name=name): each for name, each in scripts.items()}) as endpoint:
        account = as_account(endpoint)
        seen = {}
        for name in scripts:
            subject = replace(
                context_of(api).subject, function=function_target(NamedFunction(name), CallOptions())
            )
            on = context_of(api, account, subject=subject)
            # an error, but for who is denied: a busy machine left it open how the events came
            seen[name] = until_told(
                lambda _, on=on: check("direct", on),  # type: ignore[misc]
                lambda case, name=name: name == "denied" or case.outcome != "error",  # type: ignore[misc]
            )
    assert [case.outcome for case in seen.values()] == ["passed", "failure", "error"]
    assert seen["good"].properties == {"version": "$LATEST", "init_ms": 123.45}
    assert "BUFFERED" in seen["bad"].message


async def context_and_error(request: web.Request, write: Write) -> Mapping[str, str]:
    """Fail, with what the invocation was asked with as the reason."""
    context = json.loads(b64decode(request.headers["X-Amz-Client-Context"]))
    details = f"{context['custom']} {request.headers['X-Amz-Log-Type']} {request.query['Qualifier']}"
    await write(METADATA)
    return {"ErrorCode": "Unhandled", "ErrorDetails": details}


async def incomplete(request: web.Request, write: Write) -> None:
    """End the event stream too early."""
    await write(METADATA)


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (context_and_error, "Unhandled: {'streaming-api': 'smoke'} Tail live"),
        (incomplete, "the event stream ended without InvokeComplete"),
    ],
)
def test_smoke_check_direct_has_context_log_qualifier_and_error(
    as_account: Callable[[str], Account], api: str, script: Script, seen: str
) -> None:
    with serving(lambda: {FUNCTIONS.format(name="probe"): function(script)}) as endpoint:
        account = as_account(endpoint)
        subject = replace(
            context_of(api).subject, function=function_target(NamedFunction("probe", "live"), CallOptions())
        )
        case = check("direct", context_of(api, account, subject=subject))
    assert (case.outcome, case.message) == ("failure", seen)


@pytest.mark.parametrize(
    ("live", "next_one", "outcome", "seen"),
    [
        (STREAM, STREAM, "passed", "STREAM, 900000 ms"),
        (
            STREAM,
            STREAM | {"timeoutInMillis": 1000},
            "failure",
            "900000 but 1000 is configured",
        ),
        ({"uri": "x"}, {"uri": "x"}, "failure", "the stage serves BUFFERED, not STREAM"),
    ],
)
def test_smoke_check_stage_is_compared_with_the_configuration(
    as_account: Callable[[str], Account],
    api: str,
    live: dict[str, object],
    next_one: dict[str, object],
    outcome: str,
    seen: str,
) -> None:
    with serving(lambda: rest_api(live, next_one)) as endpoint, as_account(endpoint) as account:
        case = check("stage", context_of(api, account))
    assert (case.outcome, seen in case.message) == (outcome, True), case.message


def logs(events: list[dict[str, object]]) -> Handler:
    async def route(request: web.Request) -> web.StreamResponse:
        asked = json.loads(await request.text())
        assert asked["filterPattern"] == '"request-1"'
        return web.json_response({"events": events}, content_type="application/x-amz-json-1.1")

    return route


def test_smoke_check_access_log_shows_response_transfer_mode_streamed(
    as_account: Callable[[str], Account], api: str
) -> None:
    line: dict[str, object] = {"message": json.dumps(LINE)}
    with serving(lambda: {"/": logs([line])}) as endpoint, as_account(endpoint) as account:
        case = check("access-log", context_of(api, account))
    assert case.outcome == "passed"
    assert case.message == "responseTransferMode STREAM, first content after 40 of 2000 ms"


def test_smoke_check_access_log_without_the_line_is_an_error(
    as_account: Callable[[str], Account], api: str
) -> None:
    with serving(lambda: {"/": logs([])}) as endpoint, as_account(endpoint) as account:
        case = check("access-log", context_of(api, account))
    assert case.outcome == "error"
    assert "no line of request request-1 in access" in case.message


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"responseTransferMode": "BUFFERED"}, "failure"),
        ({"timeToFirstContent": "1990"}, "failure"),
        ({"timeToFirstContent": "-"}, "error"),
    ],
)
def test_smoke_check_access_log_line_is_read(change: dict[str, str], outcome: str) -> None:
    assert read_log_line(json.dumps(LINE | change)).outcome == outcome
