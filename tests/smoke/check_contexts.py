"""What the checks of the catalogue are made on in the tests."""

from __future__ import annotations

from dataclasses import replace

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.catalogue import make_checks
from streaming_api_tools.checks.context import CheckContext, CheckSizes
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.resolve import DeployedStack
from streaming_api_tools.measure.stage import StageRoute
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.reference import ORIGIN

SMALL = CheckSizes(
    duration_s=1.2, silences_s=(0.2, 0.3), megabytes=1, log_wait_s=0.1, overlap_s=0.1, gap_ms=(40, 120)
)


def context_of(url: str, account: Account | None = None, **changes: object) -> CheckContext:
    """Return the probe of a stack as what is checked."""
    outputs = {"ChatUrl": f"{url}/prod/chat", "AccessLogGroupName": "access"}
    subject = Subject(ApiTarget(f"{url}/prod/probe"), stack=DeployedStack("Chat", outputs))
    subject = replace(subject, route=StageRoute("abcdefghij", "prod", "/probe"))
    made = CheckContext(subject, CadenceLimits(), account or Account("eu-west-1"), ORIGIN, SMALL)
    return replace(made, **changes)  # type: ignore[arg-type]


def check(name: str, on: CheckContext, most_model_requests: int = 9) -> CheckResult:
    (case,) = make_checks([name], on, most_model_requests)
    return case
