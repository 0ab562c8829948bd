"""Checks the account: the function by itself, the stage, and the access log of API Gateway."""

from __future__ import annotations

import json
import random
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Protocol

from .. import event_loop
from ..measure.challenge import Challenge, draw
from ..measure.classify import classify
from ..measure.function import FunctionTarget, event_of
from ..measure.lag import ObservedTarget
from ..measure.localise import STREAM
from ..measure.recording import Recording
from ..measure.runs import conclusive, record
from ..measure.stage import StageClient, configured, deployed, stale
from .cold_start import report_of
from .context import CheckContext, NotApplicable
from .result import ERROR, FAILURE, PASSED, CheckResult, outcome_of

#: Of the latency of the whole stream: what streams has its first content before that.
FIRST_CONTENT_SHARE = 0.5


class LogsClient(Protocol):
    """The part of the CloudWatch Logs client that is asked."""

    def filter_log_events(
        self, *, logGroupName: str, filterPattern: str, startTime: int
    ) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return the lines of a log group that match."""


def direct(context: CheckContext) -> CheckResult:
    """Invoke the function without the API: permission, version, log, errors and the challenge."""
    function = context.function
    client = function.connect(60.0)
    payload = event_of(Challenge((20,) * 3).request("").body, "/probe")
    parameters = function.parameters(payload)
    try:
        dry = client.invoke_with_response_stream(**parameters | {"InvocationType": "DryRun"})
        dry["EventStream"].close()
        if dry["StatusCode"] != 204:
            return CheckResult("direct", FAILURE, f"a dry run has status {dry['StatusCode']} instead of 204")
        client_context = b64encode(json.dumps({"custom": {"streaming-api": "smoke"}}).encode()).decode()
        invocation = client.invoke_with_response_stream(
            **parameters | {"LogType": "Tail", "ClientContext": client_context}
        )
        complete = [
            event["InvokeComplete"] for event in invocation["EventStream"] if "InvokeComplete" in event
        ]
    finally:
        client.close()
    if not complete:
        return CheckResult("direct", FAILURE, "the event stream ended without InvokeComplete")
    if code := complete[0].get("ErrorCode"):
        return CheckResult("direct", FAILURE, f"{code}: {complete[0].get('ErrorDetails', '')[:300]}")
    challenge = draw(random.Random(1), 12, (30, 130))  # noqa: S311
    finding = conclusive(lambda: classify(_record(function, challenge), challenge, context.limits))
    version = invocation.get("ExecutedVersion", "$LATEST")
    report = report_of(complete[0])
    properties = {"version": version, "init_ms": report.init_ms if report else None}
    seen = f"version {version}: {finding.verdict.value}, {finding.evidence[0]}"
    if report is None:
        seen += "; the tail of the log has no REPORT"
    return CheckResult("direct", outcome_of(finding.verdict), seen, properties)


def stage(context: CheckContext) -> CheckResult:
    """Compare what the stage serves with what is configured."""
    route = context.subject.route
    if route is None:
        raise NotApplicable("needs an execute-api URL or a stack with one REST API")
    client = context.account.client(StageClient, "apigateway")  # type: ignore[type-abstract]
    live, next_one = deployed(route, client), configured(route, client)
    if difference := stale(live, next_one):
        return CheckResult("stage", FAILURE, difference)
    if live is None or live.transfer_mode != STREAM:
        mode = live.transfer_mode if live else "no method"
        return CheckResult("stage", FAILURE, f"the stage serves {mode}, not STREAM")
    return CheckResult("stage", PASSED, f"the stage serves what is configured: STREAM, {live.timeout_ms} ms")


def access_log(context: CheckContext) -> CheckResult:
    """Look up what API Gateway logged of a request: whether it streamed, and when the first content came."""
    group = context.output("AccessLogGroupName")
    started = round(time.time() * 1000) - 60_000
    challenge = draw(random.Random(2), 12, (50, 250))  # noqa: S311
    request_id = context.record(challenge).request_id
    if not request_id:
        return CheckResult("access-log", ERROR, "the answer has no request id to look for")
    logs = context.account.client(LogsClient, "logs")  # type: ignore[type-abstract]
    deadline = time.monotonic() + context.sizes.log_wait_s
    while True:
        found = logs.filter_log_events(
            logGroupName=group, filterPattern=f'"{request_id}"', startTime=started
        )["events"]
        if found:
            return read_log_line(found[0]["message"])
        if time.monotonic() > deadline:
            waited = f"within {context.sizes.log_wait_s:g} s"
            return CheckResult("access-log", ERROR, f"no line of request {request_id} in {group} {waited}")
        time.sleep(min(2.0, context.sizes.log_wait_s))


#: What a log of live AWS had, and what the documentation has:
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
STREAMED = ("STREAM", "STREAMED")


def read_log_line(line: str) -> CheckResult:
    """Return what a line of the access log shows."""
    try:
        fields = json.loads(line)
        mode = fields["responseTransferMode"]
        first, latency = float(fields["timeToFirstContent"]), float(fields["integrationLatency"])
    except (ValueError, TypeError, LookupError):
        return CheckResult("access-log", ERROR, f"the line has not the fields of streaming: {line[:120]!r}")
    seen = f"responseTransferMode {mode}, first content after {first:.0f} of {latency:.0f} ms"
    properties = {"timeToFirstContent": first, "integrationLatency": latency}
    good = mode in STREAMED and first < FIRST_CONTENT_SHARE * latency
    return CheckResult("access-log", PASSED if good else FAILURE, seen, properties)


def _record(function: FunctionTarget, challenge: Challenge) -> Recording:
    return event_loop.run(record(ObservedTarget(function), challenge))
