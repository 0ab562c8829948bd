"""Gives the checks their target, and the means to send requests to it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from .. import event_loop
from ..aws import Account
from ..client.http_post import post
from ..client.moments import End, Ending, Head, Part, Request
from ..measure.cadence import CadenceLimits
from ..measure.challenge import GAP_RANGE_MS, Challenge
from ..measure.function import FunctionTarget
from ..measure.lag import ObservedTarget
from ..measure.recording import Recording
from ..measure.runs import record
from ..measure.subject import Subject
from ..measure.targets import ApiTarget


class NotApplicable(Exception):
    """Raised when a check does not apply; the message names what it needs."""


@dataclass(frozen=True)
class CheckSizes:
    """The durations and sizes that the checks request of the probe.

    :param duration_s: seconds of the long stream: more than the 29 s at which a buffered integration ends
    :param silences_s: seconds of silence; 30 is the limit of edge-optimised endpoints, 60 that of the probe
    :param megabytes: of the large answer: past the bandwidth limits of Lambda (6 MB) and API Gateway (10 MB)
    :param log_wait_s: seconds that an access log may need to appear
    :param overlap_s: seconds that invocations at once last, so that each needs an environment of its own
    :param gap_ms: range of the gaps of the schedule that is compared
    :param cold_ms: longest time to the first byte of a cold start: after 10 s Lambda ends the initialization
        and makes it again, https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    :param cancel_s: seconds within which a stream ends that was cancelled: its function looks once a second
    """

    duration_s: float = 35
    silences_s: tuple[float, ...] = (20, 31, 60)
    megabytes: float = 24
    log_wait_s: float = 60
    overlap_s: float = 1
    gap_ms: tuple[int, int] = GAP_RANGE_MS
    cold_ms: float = 10_000
    cancel_s: float = 5


@dataclass(frozen=True)
class CheckContext:
    """The target of the checks.

    :param origin: the origin of a page that may call the API
    """

    subject: Subject
    limits: CadenceLimits
    account: Account
    origin: str = ""
    sizes: CheckSizes = field(default_factory=CheckSizes)

    @property
    def api(self) -> ApiTarget:
        """The probe route.

        :raises NotApplicable: when a function or a recording is tested
        """
        if not isinstance(self.subject.target, ApiTarget):
            raise NotApplicable("needs an API: pass a URL or a stack")
        return self.subject.target

    @property
    def function(self) -> FunctionTarget:
        """The probe function.

        :raises NotApplicable: when none is known
        """
        target = self.subject.target
        function = target if isinstance(target, FunctionTarget) else self.subject.function
        if function is None:
            raise NotApplicable(
                "needs the function: pass --function, or a stack with the output ProbeFunctionName"
            )
        return function

    def output(self, key: str) -> str:
        """Return an output of the stack.

        :raises NotApplicable: when there is none
        """
        found = self.subject.stack.output(key) if self.subject.stack else None
        if not found:
            raise NotApplicable(f"needs the stack's output {key}: pass the name of a stack that has it")
        return found

    def record(self, challenge: Challenge, patience: float = 20.0) -> Recording:
        """Challenge the probe."""
        return event_loop.run(record(ObservedTarget(self.subject.target), challenge, patience))

    def ask(self, request: Request, *, sign: bool = True) -> ApiReply:
        """Send any request to the API and return the answer; it is read up to 64 KiB."""
        api = self.api
        unsigned = replace(request, http_version=api.http_version)
        return event_loop.run(_ask(api.prepare(request) if sign else unsigned))


@dataclass(frozen=True)
class ApiReply:
    """The parts of an answer that the checks look at."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    ended: Ending

    @property
    def body(self) -> str:
        """The body as text."""
        return self.raw.decode("utf-8", "replace")


async def _ask(request: Request, most: int = 65_536) -> ApiReply:
    status, headers, body, ended = 0, {}, b"", Ending.UNREACHABLE
    async with aclosing(post(request, idle=20, total=60)) as moments:
        async for moment in moments:
            if isinstance(moment, Head):
                status, headers = moment.status, dict(moment.headers)
            elif isinstance(moment, Part):
                body += moment.data
                if len(body) > most:
                    break
            elif isinstance(moment, End):
                ended = moment.how
    return ApiReply(status, headers, body, ended)
