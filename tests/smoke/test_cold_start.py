"""The check of the start, on functions with logs and an API without any."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.cold_start import AT_ONCE, ColdStart, ReportLine, judge_starts
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.resolve import NamedFunction
from streaming_api_tools.measure.subject import CallOptions, function_target
from tests.smoke.aws_standin import FUNCTIONS, Script, Write, function, probe
from tests.smoke.check_contexts import SMALL, check, context_of
from tests.smoke.reference import whole_probe
from tests.smoke.servers import answering, serving
from tests.support.gateway import Serving
from tests.support.templates import ROOT, application, integration, template

REPORT = "END\nREPORT RequestId: 1\tDuration: 120.00 ms\tMemory Size: 512 MB\t"


class Lambda:
    """Starts an environment for an invocation that finds none free; the first ones are really at once.

    :param seconds: that a start takes
    """

    def __init__(self, free: int, seconds: float = 0.0, line: str = "Init Duration: 123.45 ms") -> None:
        self._free, self._seconds, self._line = free, seconds, line
        self._begun = 0
        self._all_at_once = asyncio.Event()

    async def __call__(self, request: web.Request, write: Write) -> Mapping[str, str]:
        assert request.headers["X-Amz-Log-Type"] == "Tail"
        line = ""
        if self._free:
            self._free -= 1
        else:
            await asyncio.sleep(self._seconds)
            line = self._line
        self._begun += 1
        if self._begun == AT_ONCE:
            self._all_at_once.set()
        await self._all_at_once.wait()
        await probe(request, write)
        self._free += 1
        return {"LogResult": b64encode(f"{REPORT}{line}\n".encode()).decode()}


async def without_log(request: web.Request, write: Write) -> Mapping[str, str]:
    return await probe(request, write)


async def failing(request: web.Request, write: Write) -> Mapping[str, str]:
    return {"ErrorCode": "Runtime.ImportModuleError", "ErrorDetails": "No module\n named x"}


@pytest.fixture
def started(as_account: Callable[[str], Account]) -> Callable[..., CheckResult]:
    """Return a function that makes the check on a function."""

    def cold(script: Script, cold_ms: float = 10_000) -> CheckResult:
        with serving(lambda: {FUNCTIONS.format(name="probe"): function(script)}) as endpoint:
            account = as_account(endpoint)
            subject = replace(
                context_of("http://127.0.0.1:1").subject,
                function=function_target(NamedFunction("probe"), CallOptions()),
            )
            on = context_of("", account, subject=subject, sizes=replace(SMALL, cold_ms=cold_ms))
            return check("cold", on)

    return cold


def test_smoke_check_cold_concurrent_invocations_without_free_environment(
    started: Callable[..., CheckResult],
) -> None:
    case = started(Lambda(free=1))
    assert case.outcome == "passed"
    assert case.message.startswith("2 of 3 at once were cold starts: first byte after ")
    assert case.message.endswith(" later, Init Duration 123 ms")
    assert case.properties["cold_starts"] == 2


def test_smoke_check_cold_free_environments_are_no_cold_start(started: Callable[..., CheckResult]) -> None:
    case = started(Lambda(free=3))
    assert case.outcome == "passed"
    assert case.message.startswith("no cold start seen: 3 at once found environments that were there; first")
    assert case.properties["cold_starts"] == 0


def test_smoke_check_cold_restored_snapshot_is_a_cold_start(started: Callable[..., CheckResult]) -> None:
    case = started(Lambda(free=0, line="Restore Duration: 410.20 ms"))
    assert case.message.startswith("3 of 3 at once were cold starts")
    assert "410 ms" in case.message


def test_smoke_check_cold_start_over_the_limit_fails(started: Callable[..., CheckResult]) -> None:
    case = started(Lambda(free=1, seconds=0.4), cold_ms=300)
    assert case.outcome == "failure"
    assert "2 of 3 at once were cold starts" in case.message
    assert case.message.endswith("ms is over the limit of 300 ms")


def test_smoke_check_cold_log_without_report_leaves_it_unknown(started: Callable[..., CheckResult]) -> None:
    case = started(without_log)
    assert case.outcome == "passed"
    assert case.message.endswith("whether a start was cold is unknown: a log has no REPORT line")
    assert case.properties["cold_starts"] is None


def test_smoke_check_cold_function_that_cannot_start_fails_with_its_error(
    started: Callable[..., CheckResult],
) -> None:
    case = started(failing)
    assert (case.outcome, case.message) == ("failure", "Runtime.ImportModuleError: No module named x")


def test_smoke_check_cold_of_an_api_alone_leaves_it_unknown() -> None:
    with serving(lambda: {"/{any:.*}": whole_probe}) as url:
        case = check("cold", context_of(url))
    assert case.outcome == "passed"
    assert case.message.endswith("whether a start was cold is unknown: that takes a stack, or --function")


@pytest.mark.parametrize(("status", "outcome"), [(500, "failure"), (429, "error")])
def test_smoke_check_cold_without_response_has_no_first_byte(status: int, outcome: str) -> None:
    with serving(lambda: {"/{any:.*}": answering(status)}) as url:
        case = check("cold", context_of(url))
    assert (case.outcome, case.message) == (outcome, f"status {status}")


def test_smoke_check_cold_probe_starts_cold_once_in_local_lambda(
    as_account: Callable[[str], Account], tmp_path: Path
) -> None:
    """The runtime is AWS's own, and so is the REPORT line's form: a process for each invocation at once."""
    setup = {
        "Code": str(ROOT / "lambda_src"),
        "Handler": "probe.handler.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "MemorySize": 512,
        "Layers": [{"Ref": "Layer"}],
    }
    probe = {"Type": "AWS::Lambda::Function", "Properties": setup}
    stack = template({"POST /probe": {"integration": integration("Probe", {})}}, Probe=probe)
    with Serving(application(stack, tmp_path)) as running:
        account = as_account(running.url)
        subject = replace(
            context_of(running.url).subject, function=function_target(NamedFunction("Probe"), CallOptions())
        )
        on = context_of(running.url, account, subject=subject, sizes=replace(SMALL, overlap_s=0.4))
        cold, warm = check("cold", on), check("cold", on)
    assert (cold.outcome, cold.properties["cold_starts"]) == ("passed", 3), cold.message
    assert (warm.outcome, warm.properties["cold_starts"]) == ("passed", 0), warm.message
    assert "3 of 3 at once were cold starts" in cold.message


def test_smoke_check_cold_late_first_byte_of_warm_start_fails() -> None:
    cold, warm = ColdStart(2000, ReportLine(500)), ColdStart(1200, ReportLine(None))
    case = judge_starts([cold, warm, warm], [warm, ColdStart(1500)], 10_000, CadenceLimits().ttfb_ms)
    assert case.outcome == "failure"
    assert case.message.endswith("; 1200 ms is over the limit of 1000 ms")
    assert judge_starts([cold], [warm], 10_000, 1300).outcome == "passed"
