"""Every verdict, from a fault that is scripted behind the local gateway, with its evidence and next step."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.catalogue import make_checks
from streaming_api_tools.checks.context import CheckContext, CheckSizes
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.http.limits import Limits, Rate
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import OUTCOMES, Verdict
from streaming_api_tools.smoke.command import smoke
from tests.smoke.aws_standin import cloudformation, rest_api
from tests.smoke.servers import serving
from tests.support.bedrock.directed import Bedrock
from tests.support.gateway import Serving
from tests.support.stretched import UNTOLD, gaps, until_proved, until_told
from tests.support.templates import ROOT, application, integration, template

FUNCTIONS = Path(__file__).with_name("functions")
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
QUICK = ("--runs", "1", "--gaps", "12", *gaps(1, 40, 160), "--json")
#: Path -> the handler of the scripted function, and how the method is set up.
SCRIPTED: dict[str, dict[str, object]] = {
    "batched": {},
    "stalled": {},
    "slow": {},
    "crashing": {},
    "failing": {},
    "chatting": {},
    "dying": {},
    "collected": {"mode": "BUFFERED", "timeout": 29_000},
}


def function(handler: str, code: Path = FUNCTIONS) -> dict[str, object]:
    properties = {
        "Code": str(code),
        "Handler": handler,
        "Runtime": "python3.13",
        "Timeout": 30,
        "MemorySize": 512,
        "Layers": [{"Ref": "Layer"}],
        "Environment": {"Variables": {"BEDROCK_MODEL_ID": "model-1"}},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def stack() -> dict[str, object]:
    """Return a template with the probe, the chat function, and a function for every fault."""
    functions = {
        "Probe": function("probe.handler.handler", ROOT / "lambda_src"),
        "Chat": function("chat.handler.handler", ROOT / "lambda_src"),
        **{name.title(): function(f"scripted.{name}") for name in SCRIPTED},
    }
    routes: dict[str, dict[str, object]] = {
        "POST /probe": {"integration": integration("Probe", {})},
        "POST /signed": {"integration": integration("Probe", {}), "authorization": "AWS_IAM"},
        "POST /throttled": {"integration": integration("Probe", {})},
        "POST /chat": {"integration": integration("Chat", {})},
        **{
            f"POST /{name}": {"integration": integration(name.title(), setup)}
            for name, setup in SCRIPTED.items()
        },
    }
    # a burst of none: API Gateway refuses every request
    none = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 0}
    setting = {"HttpMethod": "POST", "ResourcePath": "/~1throttled", **none}
    return template(routes, stage={"MethodSettings": [setting]}, **functions)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the stack, with IAM authorization, and a Bedrock that refuses when it is told to."""
    served = application(stack(), tmp_path_factory.mktemp("gateway"))
    with Bedrock() as model:
        environment = {**KEYS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url}
        with Serving(served, access=Access(Keys("test", "test")), environment=environment) as running:
            yield f"{running.url}/prod"


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)


def report_of(*arguments: str) -> dict[str, object]:
    """Run the command, and return what it says and the exit code that it ends with."""
    done = CliRunner().invoke(smoke, [*QUICK, *arguments])
    assert done.stdout, done.output
    report: dict[str, object] = json.loads(done.stdout)
    assert done.exit_code == report["exit_code"]
    return report


def agreeing(expected: Mapping[str, object], *arguments: str, slower: int = 1) -> dict[str, object]:
    """Run the command, with longer gaps until its report agrees with what is expected, or contradicts it.

    A busy machine leaves a verdict open, or holds an answer back itself: the gateway and the function are
    processes whose lateness this client cannot see. It makes no answer stream that did not.

    :param slower: how much longer the gaps of the first run are
    """

    def is_over(report: dict[str, object]) -> bool:
        if expected.items() <= report.items():
            return True
        if report["verdict"] == UNTOLD or report.get("hop") == "unknown":
            return False
        if report["verdict"] == "STREAMING":
            return True
        # the busy gateway has held the direct answer back as well
        return report.get("hop") not in (expected.get("hop", report.get("hop")), "function")

    return until_told(
        lambda times: report_of(*arguments, *gaps(times * slower, 40, 160)),
        is_over,
    )


#: Verdict -> what to test behind the gateway, and what the evidence must say.
FAULTS: dict[Verdict, tuple[list[str], str]] = {
    Verdict.STREAMING: (["/probe"], "each of 13 events arrived within"),
    Verdict.BUFFERED: (["/collected"], "of writing arrived within"),
    Verdict.BATCHED: (["/batched"], "the period is about"),
    Verdict.STALLED: (["/stalled"], "in a stream that flowed before it"),
    Verdict.TRUNCATED: (["/dying"], "2 of 13 events"),
    Verdict.BAD_FRAME: (["/chatting"], "event 0 is not one of a probe"),
    Verdict.SERVER_ERROR: (["/crashing"], "status 503: the database is closed"),
    Verdict.AUTH: (["/signed", "--auth", "none"], "status 403: Missing Authentication Token"),
    Verdict.MODEL_ACCESS: (["/chat", "--data", '{"prompt": "[[AccessDeniedException]]"}'], "status 4"),
    Verdict.THROTTLED: (["/throttled"], "status 429: Too Many Requests"),
    # "the fastest first byte took ...", or that a busy machine left no clear picture
    Verdict.INCONCLUSIVE: (["/slow"], ""),
}


@pytest.mark.parametrize("verdict", FAULTS, ids=lambda verdict: verdict.value)
def test_smoke_verdict_of_each_fault_behind_the_gateway(gateway: str, verdict: Verdict) -> None:
    (path, *options), evidence = FAULTS[verdict]
    report = agreeing({"verdict": verdict.value}, gateway + path, *options)
    assert report["verdict"] == verdict.value, report["evidence"]
    assert evidence in str(report["evidence"])
    assert report["next_step"] == (OUTCOMES[verdict].next_step or None)
    assert report["exit_code"] == OUTCOMES[verdict].exit_code


def test_smoke_verdict_failure_after_first_bytes_is_server_error(gateway: str) -> None:
    report = report_of(f"{gateway}/failing")
    assert report["verdict"] == "SERVER_ERROR"
    assert "the stream ended in an error event" in str(report["evidence"])


def test_smoke_verdict_signed_request_passes_where_unsigned_is_refused(
    gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert agreeing({"verdict": "STREAMING"}, f"{gateway}/signed")["verdict"] == "STREAMING"


def test_smoke_verdict_stopped_gateway_is_unreachable(tmp_path: Path) -> None:
    with Serving(application(stack(), tmp_path)) as stopped:
        pass
    report = report_of(f"{stopped.url}/prod/probe")
    assert (report["verdict"], report["exit_code"]) == ("UNREACHABLE", 3)


STREAM = {"type": "AWS_PROXY", "uri": "x", "responseTransferMode": "STREAM", "timeoutInMillis": 900_000}
BUFFER = STREAM | {"responseTransferMode": "BUFFERED"}


@pytest.mark.parametrize(
    ("path", "direct", "deployed", "configured", "verdict", "hop"),
    [
        ("collected", "Probe", BUFFER, STREAM, "STALE_DEPLOYMENT", None),
        ("collected", "Probe", BUFFER, BUFFER, "BUFFERED", "gateway"),
        ("batched", "Batched", STREAM, STREAM, "BATCHED", "function"),
        ("batched", "Probe", STREAM, STREAM, "BATCHED", "network"),
    ],
)
def test_smoke_verdict_stack_is_compared_with_function_and_configuration(
    gateway: str,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    direct: str,
    deployed: dict[str, object],
    configured: dict[str, object],
    verdict: str,
    hop: str | None,
) -> None:
    """The gateway is the Lambda API too, and the stack may name another function than the route's."""
    outputs = {"ProbeUrl": f"{gateway}/{path}", "ProbeFunctionName": direct}
    kinds = {"AWS::ApiGateway::RestApi": "abcdefghij", "AWS::ApiGateway::Stage": "prod"}
    with serving(
        lambda: (
            {"/": cloudformation({"Chat": outputs}, {"Chat": kinds})}
            | rest_api(deployed, configured, f"/{path}")
        )
    ) as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account)
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", gateway.removesuffix("/prod"))
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        # twice the gaps, since two answers must be judged
        report = agreeing({"verdict": verdict, "hop": hop}, "Chat", slower=2)
    assert (report["verdict"], report["hop"]) == (verdict, hop), report["evidence"]


def checked(name: str, limits: Limits, sizes: CheckSizes, scratch: Path) -> CheckResult:
    """Make one check behind a gateway with other limits."""
    with Serving(application(stack(), scratch), limits=limits) as running:
        subject = Subject(ApiTarget(f"{running.url}/prod/probe"))
        made = make_checks(
            [name], CheckContext(subject, CadenceLimits(), Account("us-east-1"), sizes=sizes), 0
        )
        (case,) = made
        return case


def test_smoke_check_size_finds_the_bandwidth_knee_behind_the_gateway(tmp_path: Path) -> None:
    """The limits of Lambda and API Gateway, a tenth as large."""
    slow = Limits(gateway_rate=None, function_rate=Rate(600_000, 800_000))
    near = pytest.approx(600_000, rel=0.3)
    # while a busy machine pauses before the knee, the allowance grows, and the knee is later indeed
    case = until_proved(
        lambda _: checked("size", slow, CheckSizes(megabytes=2.4), tmp_path),
        lambda case: case.properties.get("knee_bytes") == near,
    )
    assert case.outcome == "passed", case.message
    assert case.properties["knee_bytes"] == near, case.message
    (rate,) = re.findall(r"the rate falls to ([0-9.]+) MB/s", case.message)
    assert 0.1 < float(rate) < 1.04  # 0.8; a busy machine reads more slowly, and none faster
    quick = checked(
        "size", Limits(gateway_rate=None, function_rate=None), CheckSizes(megabytes=2.4), tmp_path
    )
    assert "without a knee" in quick.message


def test_smoke_check_idle_silence_within_the_limit_is_carried(tmp_path: Path) -> None:
    limits = Limits(idle_seconds={"REGIONAL": 1.5, "EDGE": 1.5, "PRIVATE": 1.5})
    carried = checked("idle", limits, CheckSizes(silences_s=(0.2, 0.3)), tmp_path)
    assert carried.outcome == "passed", carried.message
    cut = checked("idle", limits, CheckSizes(silences_s=(0.3, 3.0)), tmp_path)
    assert (cut.outcome, "a silence of 3 s is not carried" in cut.message) == ("failure", True)


def test_smoke_verdict_every_one_has_a_fault() -> None:
    elsewhere = {Verdict.UNREACHABLE, Verdict.STALE_DEPLOYMENT}
    assert FAULTS.keys() | elsewhere == set(Verdict)
