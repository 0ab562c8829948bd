"""What can be tested beside a URL: stacks, functions and recordings; with the real SDK as client."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from aiohttp import web

from streaming_api_tools.errors import CouldNotRun
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge, draw
from streaming_api_tools.measure.classify import RunFinding, classify
from streaming_api_tools.measure.diagnosis import diagnose
from streaming_api_tools.measure.function import FunctionTarget, Lambda
from streaming_api_tools.measure.lag import ObservedTarget
from streaming_api_tools.measure.runs import Plan, make_runs, record
from streaming_api_tools.measure.series import Conclusion, conclude
from streaming_api_tools.measure.subject import CallOptions, Subject, locate
from streaming_api_tools.measure.targets import ApiTarget, ChallengeTarget
from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.aws_standin import (
    FUNCTIONS,
    METADATA,
    Write,
    cloudformation,
    collected,
    failing,
    function,
    headless,
    probe,
    refusing,
    rest_api,
    torn,
    unframed,
)
from tests.smoke.busy import BusyClient
from tests.smoke.conftest import CommandLine
from tests.smoke.servers import Handler, answering, collecting, honest, serving
from tests.support.stretched import until_told

CHALLENGE = draw(random.Random(7), 12, (30, 130))
BRIEF = Challenge((5,) * 12)
STREAM = {"type": "AWS_PROXY", "uri": "arn:x", "responseTransferMode": "STREAM", "timeoutInMillis": 900_000}
BUFFER = STREAM | {"responseTransferMode": "BUFFERED"}


def aws(invoked: dict[str, Handler], url: str = "") -> dict[str, Handler]:
    """Return the routes of an account with functions, and two stacks whose probe is at ``url``."""
    outputs = {"ProbeUrl": f"{url}/prod/probe", "ProbeFunctionName": "probe"}
    kinds = {"AWS::ApiGateway::RestApi": "abcdefghij", "AWS::ApiGateway::Stage": "prod"}
    return {
        "/": cloudformation({"Chat": outputs, "Other": {}}, {"Chat": kinds}),
        **{FUNCTIONS.format(name=name): handler for name, handler in invoked.items()},
    }


@pytest.fixture
def as_account(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Configure credentials, and nothing else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture(scope="module")
def functions() -> Iterator[str]:
    """Serve functions that behave in every way."""
    with serving(
        lambda: aws(
            {
                "probe": function(probe),
                "probe:live": function(probe),
                "collected": function(collected),
                "failing": function(failing),
                "headless": function(headless),
                "unframed": function(unframed),
                "torn": function(torn),
                "plain": function(probe, "application/json"),
                "denied": refusing(403, "AccessDeniedException"),
                "busy": refusing(429, "TooManyRequestsException"),
                "absent": refusing(404, "ResourceNotFoundException"),
            }
        )
    ) as url:
        yield url


def challenge(target: ChallengeTarget, schedule: Challenge) -> RunFinding:
    """Challenge a target, again while a busy machine leaves it open how the events came."""

    def once(times: int) -> RunFinding:
        longer = replace(schedule, gaps_ms=tuple(times * gap for gap in schedule.gaps_ms))
        return classify(asyncio.run(record(ObservedTarget(target), longer)), longer, CadenceLimits())

    return until_told(once, lambda finding: finding.verdict is not Verdict.INCONCLUSIVE)


def test_smoke_function_target_streaming_function_is_streaming(
    as_account: pytest.MonkeyPatch, functions: str
) -> None:
    as_account.setenv("AWS_ENDPOINT_URL", functions)
    finding = challenge(locate("probe", CallOptions()).target, CHALLENGE)
    assert finding.verdict.value == "STREAMING", finding.evidence
    assert finding.request_id == "invocation-1"
    # milliseconds, however busy the machine is
    assert 0 < finding.metrics["ttfb_ms"] < 60_000


@pytest.mark.parametrize(
    ("name", "verdict", "evidence"),
    [
        ("collected", "BUFFERED", "arrived within"),
        ("failing", "SERVER_ERROR", 'failed after 1 of 13 events: Unhandled: {"errorMessage": "boom"}'),
        ("headless", "BAD_FRAME", "without a delimiter"),
        ("unframed", "BAD_FRAME", "no delimiter of 8 NUL bytes in the first 16384 bytes"),
        ("torn", "TRUNCATED", "the event stream ended without InvokeComplete"),
        ("plain", "BAD_FRAME", "content-type is application/json"),
        ("denied", "AUTH", "AccessDeniedException"),
        ("busy", "THROTTLED", "TooManyRequestsException"),
        ("absent", "UNREACHABLE", "ResourceNotFoundException"),
    ],
)
def test_smoke_function_target_fault_has_its_verdict(
    as_account: pytest.MonkeyPatch, functions: str, name: str, verdict: str, evidence: str
) -> None:
    as_account.setenv("AWS_ENDPOINT_URL", functions)
    schedule = CHALLENGE if name == "collected" else BRIEF
    finding = challenge(locate(name, CallOptions()).target, schedule)
    assert finding.verdict.value == verdict, finding.evidence
    assert evidence in finding.evidence[0]


@pytest.mark.parametrize(
    ("text", "function", "qualifier"),
    [
        ("probe:live", "probe", "live"),
        ("probe:$LATEST", "probe", "$LATEST"),
        (
            "arn:aws:lambda:eu-central-1:123456789012:function:probe:3",
            "arn:aws:lambda:eu-central-1:123456789012:function:probe",
            "3",
        ),
    ],
)
def test_smoke_function_target_is_named_with_alias_or_arn(
    as_account: pytest.MonkeyPatch, text: str, function: str, qualifier: str
) -> None:
    described = locate(text, CallOptions()).target.described()
    assert described == {"function": function, "qualifier": qualifier}


def test_smoke_stack_target_is_found_by_its_outputs(as_account: pytest.MonkeyPatch) -> None:
    with serving(lambda: aws({}, "http://127.0.0.1:9/")) as endpoint:
        as_account.setenv("AWS_ENDPOINT_URL", endpoint)
        subject = locate("Chat", CallOptions())
        assert subject.target.described()["url"] == "http://127.0.0.1:9//prod/probe"
        assert subject.function is not None
        assert subject.function.function == "probe"
        with pytest.raises(CouldNotRun, match="the stack Other has no output ProbeUrl"):
            locate("Other", CallOptions())


@pytest.mark.parametrize(("profile", "region"), [("nobody", "eu-west-1"), ("default", "no region")])
def test_smoke_function_target_without_client_is_one_line(
    as_account: pytest.MonkeyPatch, profile: str, region: str
) -> None:
    as_account.setenv("AWS_PROFILE", profile)
    with pytest.raises(CouldNotRun, match=f"probe cannot be invoked: .*({profile}|{region})"):
        challenge(locate("probe:live", CallOptions(region=region)).target, BRIEF)


def test_smoke_stack_target_unreachable_account_is_one_line(as_account: pytest.MonkeyPatch) -> None:
    as_account.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(CouldNotRun, match="CloudFormation does not say whether Chat is a stack"):
        locate("Chat", CallOptions())


PLAN = Plan(runs=1, seed=7, gaps=12, gap_range_ms=(30, 130), limits=CadenceLimits())


def test_smoke_model_requests_are_bounded_and_printed_first(streaming_api: CommandLine) -> None:
    options = ("--auth", "none", "--data", "{}", "--runs", "2")
    done = streaming_api("smoke", "http://127.0.0.1:1/chat", *options)
    assert done.stderr == "sends BODY at most 2 times, which a model behind it would charge for\n"
    waiting = streaming_api("smoke", "http://127.0.0.1:1/chat", *options, "--wait", "0.1", "--function", "f")
    assert waiting.stderr.startswith("sends BODY at most 4 times")
    both = streaming_api("smoke", "http://127.0.0.1:1/chat", *options, "--checks", "utf8")
    assert (both.returncode, "--checks needs the probe" in both.stderr) == (3, True)


def test_smoke_stack_target_compares_chat_with_the_same_body(as_account: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    async def collects(request: web.Request, write: Write) -> Mapping[str, str]:
        asked.append(json.loads(await request.read()))
        await asyncio.sleep(1.1)
        await write(METADATA + b'data: {"text": "Hello"}\n\n' * 30)
        return {}

    async def late(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1.1)
        return web.Response(body=b'data: {"text": "Hello"}\n\n' * 30, content_type="text/event-stream")

    with serving(lambda: {"/prod/chat": late}) as api:
        outputs = {"ChatUrl": f"{api}/prod/chat", "ChatFunctionName": "chat", "ProbeUrl": "no"}
        account = {"/": cloudformation({"Chat": outputs}, {"Chat": {}})}
        with serving(lambda: account | {FUNCTIONS.format(name="chat"): function(collects)}) as endpoint:
            as_account.setenv("AWS_ENDPOINT_URL", endpoint)
            subject = locate("Chat", CallOptions(auth="none", body=b'{"prompt": "Hello"}'))
            plan = replace(PLAN, black_box=True)
            findings = [finding for _, finding in make_runs(subject.target, plan, 0, lambda *_: None)]
            conclusion = diagnose(subject, plan, conclude(findings, plan.limits), None)
    assert (conclusion.verdict.value, conclusion.hop) == ("BUFFERED", "function")
    assert [(event["path"], event["body"]) for event in asked] == [("/prod/chat", '{"prompt": "Hello"}')]


def diagnosed(
    as_account: pytest.MonkeyPatch,
    route: Handler,
    invoked: Handler,
    live: object,
    next_one: object,
    times: int,
) -> Conclusion:
    """Test a stack of the account, with longer gaps, and return the conclusion with its diagnosis."""
    plan = replace(PLAN, gap_range_ms=(30 * times, 130 * times))
    with serving(lambda: {"/prod/probe": route}) as api:

        def routes() -> dict[str, Handler]:
            return aws({"probe": invoked}, api) | rest_api(live, next_one)  # type: ignore[arg-type]

        with serving(routes) as endpoint:
            as_account.setenv("AWS_ENDPOINT_URL", endpoint)
            subject = locate("Chat", CallOptions(auth="none"))
            target = ObservedTarget(subject.target)
            findings = [finding for _, finding in make_runs(target, plan, 0, lambda *_: None)]
            return diagnose(subject, plan, conclude(findings, plan.limits), None)


def test_smoke_diagnose_undeployed_change_is_stale_deployment(as_account: pytest.MonkeyPatch) -> None:
    conclusion = until_told(
        lambda times: diagnosed(as_account, collecting(honest), function(probe), BUFFER, STREAM, times),
        lambda conclusion: conclusion.verdict is not Verdict.INCONCLUSIVE,
    )
    assert conclusion.verdict.value == "STALE_DEPLOYMENT"
    assert conclusion.evidence[0] == (
        "the stage serves responseTransferMode BUFFERED but STREAM is configured"
    )


@pytest.mark.parametrize(
    ("invoked", "mode", "hop"),
    [
        (function(collected), STREAM, "function"),
        (function(probe), BUFFER, "gateway"),
        (function(probe), STREAM, "network"),
        (refusing(403, "AccessDeniedException"), STREAM, "unknown"),
    ],
)
def test_smoke_diagnose_direct_invocation_names_the_buffering_hop(
    as_account: pytest.MonkeyPatch, invoked: Handler, mode: dict[str, object], hop: str
) -> None:
    # a busy machine may leave it open how the events came; what is said is true the first time
    conclusion = until_told(
        lambda times: diagnosed(as_account, collecting(honest), invoked, mode, mode, times),
        lambda conclusion: (
            conclusion.verdict is not Verdict.INCONCLUSIVE
            and (hop == "unknown" or conclusion.hop != "unknown")
        ),
    )
    assert (conclusion.verdict.value, conclusion.hop) == ("BUFFERED", hop)


def test_smoke_diagnose_busy_client_leaves_the_hop_unknown(origin: str) -> None:
    busy = BusyClient(ApiTarget(origin))
    subject = Subject(ApiTarget("http://127.0.0.1:1/"), function=busy)  # type: ignore[arg-type]
    conclusion = conclude([RunFinding(Verdict.BUFFERED, ("",), {"ttfb_ms": 1})], CadenceLimits())
    assert diagnose(subject, PLAN, conclusion, None).hop == "unknown"


def never(idle: float) -> Lambda:
    raise AssertionError("the function is not invoked")


def test_smoke_diagnose_streaming_api_is_left_as_it_is() -> None:
    conclusion = conclude([RunFinding(Verdict.STREAMING, ("",), {"ttfb_ms": 1})], CadenceLimits())
    subject = Subject(ApiTarget("http://127.0.0.1:1/"), function=FunctionTarget(never, "probe"))
    assert diagnose(subject, PLAN, conclusion, None) is conclusion


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"error": {"message": "this API has no access", "code": "model_access_denied"}}', "MODEL_ACCESS"),
        (b'{"error": {"message": "no such model", "code": "model_not_found"}}', "MODEL_ACCESS"),
        (b'{"message": "Forbidden"}', "AUTH"),
    ],
)
def test_smoke_model_access_error_is_not_auth(body: bytes, verdict: str) -> None:
    with serving(lambda: {"/": answering(403, body)}) as url:
        assert challenge(ApiTarget(f"{url}/"), BRIEF).verdict.value == verdict
