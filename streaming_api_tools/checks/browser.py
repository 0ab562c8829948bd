"""Compare what a browser gets with what the plain client gets.

A browser asks for compression and speaks HTTP/2; the tester asks for identity. What compresses on the way may
collect while it does, and then only browsers wait: https://github.com/serverless/serverless/issues/13177.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace

from .. import event_loop
from ..client.expand import coding_of, expanded
from ..client.moments import AUTO, HTTP_2, Head, Moment
from ..measure.blackbox import shape
from ..measure.cadence import CadenceLimits
from ..measure.challenge import GAPS, Challenge, draw
from ..measure.classify import RunFinding, classify
from ..measure.lag import ObservedTarget
from ..measure.recording import Recording
from ..measure.runs import conclusive, record
from ..measure.targets import ApiTarget, ChallengeTarget
from ..measure.verdicts import FAILED, OUTCOMES, Verdict
from .context import CheckContext
from .result import ERROR, FAILURE, PASSED, CheckResult

#: What every browser takes. It is not signed: CloudFront writes it anew,
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
ACCEPTED = {"Accept-Encoding": "gzip, br"}
#: Share of the events that arrive by themselves in an answer whose coding cannot be expanded here.
ALONE = 0.8
NEXT = (
    "turn compression of text/event-stream off on the way (CDN, proxy, function), or let it flush after each"
    " event; cache-control: no-transform forbids it (RFC 9111, section 5.2.2.6)"
)


@dataclass
class BrowserTarget:
    """A probe that is asked as a browser asks, and whose answer is expanded.

    :param coding: how the last answer was compressed
    """

    api: ApiTarget
    coding: str = ""

    def described(self) -> Mapping[str, object]:
        """Return the description of the probe."""
        return self.api.described()

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Send one challenge, and note how the answer is compressed."""
        self.coding = ""
        async for moment in expanded(self._noted(self.api.answer(challenge, idle=idle, total=total))):
            yield moment

    async def _noted(self, moments: AsyncGenerator[Moment, None]) -> AsyncGenerator[Moment, None]:
        async for moment in moments:
            if isinstance(moment, Head):
                self.coding = coding_of(moment)
            yield moment


def browser(context: CheckContext) -> CheckResult:
    """Send the same schedule as the plain client and as a browser, and compare the verdicts."""
    api, challenge = context.api, draw(random.Random(GAPS), GAPS, context.sizes.gap_ms)  # noqa: S311
    version = HTTP_2 if api.http_version == HTTP_2 else AUTO
    target = BrowserTarget(replace(api, unsigned=ACCEPTED, http_version=version))
    seen = _finding(context, target, challenge)
    plain = _finding(context, api, challenge)
    how = f"HTTP/{seen.http_version or version}, {target.coding or 'not compressed'}"
    properties: dict[str, object] = {
        "http_version": seen.http_version,
        "content_encoding": target.coding,
        "plain": plain.verdict.value,
        **seen.metrics,
    }
    said = f"({how}): {seen.evidence[0]}"
    if seen.verdict is Verdict.STREAMING:
        return CheckResult("browser", PASSED, f"a browser gets it as it comes {said}", properties)
    kind = seen.verdict.value
    if OUTCOMES[seen.verdict].exit_code != FAILED:
        return CheckResult("browser", ERROR, f"cannot be told {said}", properties, kind)
    if plain.verdict is not Verdict.STREAMING:
        text = f"a browser gets {kind} {said}; the plain client gets {plain.verdict.value}"
        return CheckResult("browser", FAILURE, text, properties, kind, OUTCOMES[seen.verdict].next_step)
    doing = "compresses and holds back" if target.coding else "holds back"
    text = f"an intermediary {doing} what a browser gets, and not what the plain client gets {said}"
    return CheckResult("browser", FAILURE, text, properties, kind, NEXT)


def _finding(context: CheckContext, target: ChallengeTarget, challenge: Challenge) -> RunFinding:
    def attempt() -> RunFinding:
        recording = event_loop.run(record(ObservedTarget(target), challenge))
        if coding_of(recording.head):
            return _compressed(recording, challenge)
        return classify(recording, challenge, context.limits)

    return conclusive(attempt)


def _compressed(recording: Recording, challenge: Challenge) -> RunFinding:
    """Judge an answer by its reads: brotli is in no standard library.

    The gaps of a schedule are longer than what separates two groups of reads.
    """
    measures = shape(recording)
    groups, lag = measures["clusters"], recording.end.lag_ms
    sentence = f"{challenge.events} events came in {groups:.0f} groups of bytes"
    # a client that is late, perhaps again and again, sees what came within that time as one group
    told_apart = 1 + sum(gap > lag for gap in challenge.gaps_ms)
    if recording.head is None or recording.head.status != 200 or recording.overflow:
        return classify(recording, challenge, CadenceLimits())
    if groups >= ALONE * challenge.events:
        verdict = Verdict.STREAMING
    elif groups >= ALONE * told_apart:
        verdict, sentence = Verdict.INCONCLUSIVE, f"{sentence}, while this client was {lag:.0f} ms late"
    else:
        verdict = Verdict.BUFFERED if groups < 2 else Verdict.BATCHED
    return RunFinding.of(recording, verdict, (sentence,), measures)
