"""What the checks of the catalogue are made on in the tests."""

from __future__ import annotations

from dataclasses import replace

from streaming_api_tools.aws import Account
from streaming_api_tools.checks.catalogue import make_checks
from streaming_api_tools.checks.context import Ground, Sizes
from streaming_api_tools.checks.result import Case
from streaming_api_tools.measure.cadence import Limits
from streaming_api_tools.measure.resolve import Stack
from streaming_api_tools.measure.stage import Route
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.reference import ORIGIN

SMALL = Sizes(duration_s=1.2, silences_s=(0.2, 0.3), megabytes=1, log_wait_s=0.1, overlap_s=0.1)


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
