"""The checks of the catalogue both ways, over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import random
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from aiohttp import web

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.account import read_log_line
from streaming_api_tools.checks.bandwidth import find_knee
from streaming_api_tools.checks.case import Case
from streaming_api_tools.checks.catalogue import CHECKS, bounds, make_checks
from streaming_api_tools.checks.ground import Ground, Sizes
from streaming_api_tools.smoke.cadence import Limits
from streaming_api_tools.smoke.resolve import NamedFunction, Stack
from streaming_api_tools.smoke.stage import Route
from streaming_api_tools.smoke.subject import Access, Subject, function_target
from streaming_api_tools.smoke.targets import ApiTarget
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
from tests.smoke.conftest import CommandLine
from tests.smoke.reference import ORIGIN, chat, whole_probe
from tests.smoke.servers import Handler, probe_events, serving, sse, streamed

SMALL = Sizes(duration_s=1.2, silences_s=(0.2, 0.3), megabytes=1, log_wait_s=0.1)
STREAM = {"type": "AWS_PROXY", "uri": "arn:x", "responseTransferMode": "STREAM", "timeoutInMillis": 900_000}
LINE = {"responseTransferMode": "STREAMED", "timeToFirstContent": "40", "integrationLatency": "2000"}


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(lambda: {"/prod/chat": chat, "/{any:.*}": whole_probe}) as url:
        yield url


@pytest.fixture
def as_account(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Account]:
    """Return a function that configures an account behind an endpoint."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)

    def account(endpoint: str) -> Account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        return Account()

    return account


def ground(url: str, account: Account | None = None, **changes: object) -> Ground:
    """Return the probe of a stack as what is checked."""
    outputs = {"ChatUrl": f"{url}/prod/chat", "AccessLogGroupName": "access"}
    subject = Subject(ApiTarget(f"{url}/prod/probe"), stack=Stack("Chat", outputs))
    subject = replace(subject, route=Route("abcdefghij", "prod", "/probe"))
    made = Ground(subject, Limits(), account or Account("eu-west-1"), ORIGIN, SMALL)
    return replace(made, **changes)  # type: ignore[arg-type]


def check(name: str, on: Ground, most_model_requests: int = 9) -> Case:
    (case,) = make_checks([name], on, most_model_requests)
    return case


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("duration", "arrived within"),
        ("idle", "silences of 0.2 s, 0.3 s were carried"),
        ("size", "MB arrived complete"),
        ("utf8", "cut within a character"),
        ("errors", "mistakes have their status"),
        (
            "cors",
            "may read all of: the preflight 204, an answer 200, a 400 400",
        ),
        ("cold", "first byte"),
        (
            "formats",
            "sse: 1 pieces, ndjson: 1 pieces, text: 3 characters; the API has no route for openai",
        ),
    ],
)
def test_an_api_as_it_should_be_passes(api: str, name: str, seen: str) -> None:
    case = check(name, ground(api))
    assert case.outcome == "passed", case.message
    assert seen in case.message


async def always_ok(request: web.Request) -> web.StreamResponse:
    """Answer everything with a complete stream, whatever was asked for, and without CORS."""
    response = await streamed(request)
    for number in range(3):
        await response.write(sse({"i": number, "s": number, "u": "?", "x": "no"}))
    await response.write(sse({"events": 3}, "done"))
    return response


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("size", "terminal event came after 3 of"),
        ("utf8", "the terminal event came after 3 of 4"),
        ("errors", "no JSON has status 200 instead of 400"),
        ("cors", "the preflight: access-control-allow-origin is missing (status 200)"),
        ("formats", "text: content-type is text/event-stream, not text/plain"),
    ],
)
def test_an_api_that_is_wrong_fails_with_what_was_seen(name: str, seen: str) -> None:
    with serving(lambda: {"/{any:.*}": always_ok}) as url:
        case = check(name, ground(url))
    assert case.outcome == "failure"
    assert seen in case.message


def test_a_gateway_that_ends_early_fails_the_duration_and_the_silence() -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        with_deadline = asyncio.get_running_loop().time() + 0.15
        async for part in probe_events(request):
            if asyncio.get_running_loop().time() > with_deadline:
                assert request.transport
                request.transport.abort()
                return response
            await response.write(part)
        return response

    with serving(lambda: {"/{any:.*}": short}) as url:
        on = ground(url)
        for name in ("duration", "idle"):
            case = check(name, on)
            assert case.outcome == "failure"
            assert "the connection was cut" in case.message


def test_the_function_by_itself_passes_and_a_function_that_collects_fails(
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
            subject = replace(ground(api).subject, function=function_target(NamedFunction(name), Access()))
            seen[name] = check("direct", ground(api, account, subject=subject))
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
def test_a_direct_invocation_has_a_context_a_log_and_a_qualifier_and_shows_the_functions_errors(
    as_account: Callable[[str], Account], api: str, script: Script, seen: str
) -> None:
    with serving(lambda: {FUNCTIONS.format(name="probe"): function(script)}) as endpoint:
        account = as_account(endpoint)
        subject = replace(
            ground(api).subject, function=function_target(NamedFunction("probe", "live"), Access())
        )
        case = check("direct", ground(api, account, subject=subject))
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
def test_the_stage_is_compared_with_the_configuration(
    as_account: Callable[[str], Account],
    api: str,
    live: dict[str, object],
    next_one: dict[str, object],
    outcome: str,
    seen: str,
) -> None:
    with serving(lambda: rest_api(live, next_one)) as endpoint, as_account(endpoint) as account:
        case = check("stage", ground(api, account))
    assert (case.outcome, seen in case.message) == (outcome, True), case.message


def logs(events: list[dict[str, object]]) -> Handler:
    async def route(request: web.Request) -> web.StreamResponse:
        asked = json.loads(await request.text())
        assert asked["filterPattern"] == '"request-1"'
        return web.json_response({"events": events}, content_type="application/x-amz-json-1.1")

    return route


def test_the_access_log_is_evidence_that_the_gateway_streamed(
    as_account: Callable[[str], Account], api: str
) -> None:
    line: dict[str, object] = {"message": json.dumps(LINE)}
    with serving(lambda: {"/": logs([line])}) as endpoint, as_account(endpoint) as account:
        case = check("access-log", ground(api, account))
    assert case.outcome == "passed"
    assert case.message == "responseTransferMode STREAMED, first content after 40 of 2000 ms"


def test_a_log_without_the_line_is_no_failure(as_account: Callable[[str], Account], api: str) -> None:
    with serving(lambda: {"/": logs([])}) as endpoint, as_account(endpoint) as account:
        case = check("access-log", ground(api, account))
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
def test_a_line_of_the_access_log_is_read(change: dict[str, str], outcome: str) -> None:
    assert read_log_line(json.dumps(LINE | change)).outcome == outcome


def test_a_model_is_asked_only_within_the_bound(api: str) -> None:
    assert check("formats", ground(api), most_model_requests=1).outcome == "skipped"
    assert "ask a model 0 times" in bounds(list(CHECKS), 0)
    assert "ask a model 7 times, for at most 64 tokens each" in bounds(list(CHECKS), 7)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("direct", "--function"),
        ("formats", "ChatUrl"),
        ("access-log", "AccessLogGroupName"),
        ("cors", "--origin"),
    ],
)
def test_a_check_that_does_not_apply_says_what_it_needs(name: str, needed: str) -> None:
    bare = Ground(Subject(ApiTarget("http://127.0.0.1:1/")), Limits(), Account("eu-west-1"))
    case = check(name, bare)
    assert case.outcome == "skipped"
    assert needed in case.message


def test_the_knee_of_a_transfer_is_found_where_the_rate_falls() -> None:
    fast = [(n * 0.01, n * 100_000.0) for n in range(61)]
    slow = [(0.6 + n * 0.05, 6e6 + n * 100_000.0) for n in range(1, 181)]
    dice = random.Random(1)
    curve = [(x + dice.uniform(0, 0.004), y) for x, y in (*fast, *slow)]
    knee = find_knee([x for x, _ in curve], [y for _, y in curve])
    assert knee is not None
    assert knee.at_bytes == pytest.approx(6e6, rel=0.05)
    assert knee.after == pytest.approx(2e6, rel=0.05)
    assert find_knee([x for x, _ in fast], [y for _, y in fast]) is None


def test_the_command_says_the_bounds_first_and_fails_with_a_check(
    streaming_api: CommandLine, api: str
) -> None:
    quick = ("--auth", "none", "--runs", "1", "--gaps", "12", "--gap-ms", "30", "130")
    good = streaming_api("smoke", f"{api}/prod/", *quick, "--checks", "utf8,formats", "--json")
    assert good.stderr.startswith("the checks take about 1 s, invoke the probe function at most 1 times")
    report = json.loads(good.stdout)
    assert {case["name"]: case["outcome"] for case in report["checks"]} == {
        "utf8": "passed",
        "formats": "skipped",
    }
    assert good.returncode == report["exit_code"] == 0
    bad = streaming_api(
        "smoke", f"{api}/prod/", *quick, "--checks", "cors", "--origin", "https://other.example"
    )
    assert bad.returncode == 1
    assert (
        "failure  cors: the preflight: access-control-allow-origin is https://app.example.com" in bad.stdout
    )
    unknown = streaming_api("smoke", f"{api}/prod/", "--checks", "nonsense")
    assert unknown.returncode == 3
    assert "'nonsense' is no check; the checks are duration, idle" in unknown.stderr
