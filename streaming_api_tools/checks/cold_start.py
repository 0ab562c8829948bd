"""Measures the time to the first byte with and without a cold start.

Nothing is changed to force one. Invocations at once need an environment each, so that all but those that find
one waiting start cold; which of them did, only the REPORT line of a function's log shows.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from ..measure.challenge import Challenge
from ..measure.faults import AnswerFault, complete_stamps
from ..measure.function import FunctionTarget, event_of
from ..measure.verdicts import Verdict
from .context import CheckContext, NotApplicable
from .result import ERROR, FAILURE, PASSED, CheckResult

AT_ONCE, LATER = 3, 3
REPORT = re.compile(r"^REPORT .*", re.MULTILINE)
#: SnapStart restores where others initialize:
#: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html
INIT = re.compile(r"(?:Init|Restore) Duration: ([0-9.]+) ms")


@dataclass(frozen=True)
class ReportLine:
    """The initialization in a REPORT line.

    :param init_ms: how long the initialization took; None for an environment that was there
    """

    init_ms: float | None


@dataclass(frozen=True)
class ColdStart:
    """The beginning of one invocation.

    :param first_ms: time to the first byte
    :param report: None when the invocation returned no log
    """

    first_ms: float
    report: ReportLine | None = None

    @property
    def init_ms(self) -> float | None:
        """Duration of the initialization in milliseconds, if the log has one."""
        return self.report.init_ms if self.report else None


def report_of(complete: Mapping[str, str]) -> ReportLine | None:
    """Return the REPORT line of the log in an ``InvokeComplete`` event, or None without one."""
    log = b64decode(complete.get("LogResult", "")).decode("utf-8", "replace")
    if not (line := REPORT.search(log)):
        return None
    init = INIT.search(line.group())
    return ReportLine(float(init.group(1)) if init else None)


def cold(context: CheckContext) -> CheckResult:
    """Time the first bytes of parallel invocations, and of others after them."""
    begin, no_log_reason = _beginning(context)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            challenges = [Challenge((round(context.sizes.overlap_s * 1000),))] * AT_ONCE
            at_once = list(pool.map(begin, challenges))
        later = [begin(Challenge((20,))) for _ in range(LATER)]
    except AnswerFault as fault:
        return CheckResult("cold", ERROR if fault.verdict is Verdict.THROTTLED else FAILURE, str(fault))
    return judge_starts(at_once, later, context.sizes.cold_ms, context.limits.ttfb_ms, no_log_reason)


def judge_starts(
    at_once: Sequence[ColdStart],
    later: Sequence[ColdStart],
    cold_limit_ms: float,
    warm_limit_ms: float,
    no_log_reason: str = "",
) -> CheckResult:
    """Return the result that the first bytes show.

    :param cold_limit_ms: longest time to the first byte of any invocation at once
    :param warm_limit_ms: longest time to the first byte of the fastest later one
    :param no_log_reason: shown when an invocation returned no log
    """
    started = [start for start in at_once if start.init_ms is not None]
    slowest = max(start.first_ms for start in started or at_once)
    warm = min(start.first_ms for start in later)
    times = f"first byte after {slowest:.0f} ms at most, and {warm:.0f} ms later"
    logged = all(start.report for start in at_once)
    if not logged:
        seen = f"{times}; whether a start was cold is unknown: {no_log_reason or 'a log has no REPORT line'}"
    elif started:
        init = max(start.init_ms or 0 for start in started)
        seen = (
            f"{len(started)} of {len(at_once)} at once were cold starts: {times}, Init Duration {init:.0f} ms"
        )
    else:
        seen = f"no cold start seen: {len(at_once)} at once found environments that were there; {times}"
    properties: dict[str, object] = {
        "cold_starts": len(started) if logged else None,
        "ttfb_at_once_ms": slowest,
        "ttfb_warm_ms": warm,
    }
    for late, limit in ((slowest, cold_limit_ms), (warm, warm_limit_ms)):
        if late > limit:
            return CheckResult(
                "cold", FAILURE, f"{seen}; {late:.0f} ms is over the limit of {limit:.0f} ms", properties
            )
    return CheckResult("cold", PASSED, seen, properties)


def _beginning(context: CheckContext) -> tuple[Callable[[Challenge], ColdStart], str]:
    """Return the function that starts an answer, and the reason why it has no log."""
    try:
        function = context.function
    except NotApplicable:
        _ = context.api  # a recording has neither
        return lambda challenge: _ask(context, challenge), "that takes a stack, or --function"
    return lambda challenge: _invoke(function, challenge), ""


def _ask(context: CheckContext, challenge: Challenge) -> ColdStart:
    recording = context.record(challenge)
    complete_stamps(recording, challenge)
    assert recording.sent
    return ColdStart((recording.reads[0].ns - recording.sent.ns) / 1e6)


def _invoke(function: FunctionTarget, challenge: Challenge) -> ColdStart:
    parameters = function.parameters(event_of(challenge.request("").body, function.path))
    with closing(function.connect(60.0)) as client:
        sent, first = time.perf_counter_ns(), 0
        invocation = client.invoke_with_response_stream(**parameters | {"LogType": "Tail"})
        with closing(invocation["EventStream"]) as events:
            for event in events:
                first = first or time.perf_counter_ns()
                if (complete := event.get("InvokeComplete")) is not None:
                    if code := complete.get("ErrorCode"):
                        details = " ".join(complete.get("ErrorDetails", "").split())[:300]
                        raise AnswerFault(Verdict.SERVER_ERROR, f"{code}: {details}")
                    return ColdStart((first - sent) / 1e6, report_of(complete))
    raise AnswerFault(Verdict.TRUNCATED, "the event stream ended without InvokeComplete")
