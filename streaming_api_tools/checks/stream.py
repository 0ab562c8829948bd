"""Checks of the stream itself: how long, how silent and how large it may be, and whether text survives it."""

from __future__ import annotations

import json
import random
from itertools import accumulate

from ..measure.challenge import Challenge, draw
from ..measure.classify import classify
from ..measure.faults import AnswerFault, complete_stamps
from ..measure.runs import conclusive
from .bandwidth import find_knee
from .context import CheckContext
from .result import FAILURE, PASSED, CheckResult, outcome_of

MB = 1_000_000
PAD = 65_536
#: Bytes a second: what is faster is not limited. Both limit an answer to 2 MB/s, Lambda after 6 MB and API
#: Gateway after 10 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html,
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
UNLIMITED = 5 * MB
#: The text of the probe's ``utf8`` mode: characters of 2, 3 and 4 bytes.
TEXT = "\u00e9\u6f22\U0001f642"


def duration(context: CheckContext) -> CheckResult:
    """Stream for longer than the 29 seconds after which a buffered integration ends."""
    seconds = context.sizes.duration_s
    gaps = max(12, round(seconds))
    about = round(seconds * 1000 / gaps)
    challenge = draw(random.Random(gaps), gaps, (about // 2, about * 3 // 2))  # noqa: S311
    finding = conclusive(lambda: classify(context.record(challenge), challenge, context.limits))
    seen = f"{challenge.seconds:.0f} s: {finding.evidence[0]}"
    return CheckResult("duration", outcome_of(finding.verdict), seen, finding.metrics)


def idle(context: CheckContext) -> CheckResult:
    """Be silent for a while within the stream."""
    seen = []
    for seconds in context.sizes.silences_s:
        challenge = Challenge((50, round(seconds * 1000), 50))
        recording = context.record(challenge, patience=seconds + 20)
        try:
            events = len(complete_stamps(recording, challenge))
        except AnswerFault as fault:
            return CheckResult("idle", FAILURE, f"a silence of {seconds:g} s is not carried: {fault}")
        signs = max(0, len(recording.reads) - events - 1)
        seen.append(f"{seconds:g} s" + (f" ({signs} signs of life in it)" if signs else ""))
    limits = "API Gateway's limit for Regional APIs, 5 minutes, is beyond what a probe can be asked for"
    return CheckResult("idle", PASSED, f"silences of {', '.join(seen)} were carried; {limits}")


def size(context: CheckContext) -> CheckResult:
    """Send more than the first megabytes, which are not slowed down."""
    events = max(2, round(context.sizes.megabytes * MB / PAD))
    challenge = Challenge((0,) * (events - 1), pad=PAD)
    recording = context.record(challenge, patience=context.sizes.megabytes * 5 + 20)
    try:
        complete_stamps(recording, challenge)
    except AnswerFault as fault:
        return CheckResult("size", FAILURE, str(fault))
    for arrival in recording.arrivals[:-1]:
        if json.loads(arrival.event.data).get("x") != "x" * PAD:
            return CheckResult("size", FAILURE, "the padding of an event is not what was asked for")
    total = sum(read.size for read in recording.reads)
    moments = [read.ns / 1e9 for read in recording.reads]
    took = max(moments[-1] - moments[0], 1e-9)
    seen = f"{total / MB:.1f} MB arrived complete in {took:.1f} s, {total / MB / took:.1f} MB/s"
    knee = find_knee(moments, list(accumulate(read.size for read in recording.reads)))
    properties: dict[str, object] = {"bytes": total, "seconds": took}
    if knee is None or knee.after > UNLIMITED:
        return CheckResult("size", PASSED, f"{seen}, without a knee", properties)
    seen = f"{seen}; after {knee.at_bytes / MB:.1f} MB the rate falls to {knee.after / MB:.1f} MB/s"
    return CheckResult("size", PASSED, seen, properties | {"knee_bytes": knee.at_bytes})


def utf8(context: CheckContext) -> CheckResult:
    """Send characters whose bytes are cut between two writes."""
    challenge = Challenge((20,) * 3, extra={"utf8": True})
    recording = context.record(challenge)
    try:
        complete_stamps(recording, challenge)
    except AnswerFault as fault:
        return CheckResult("utf8", FAILURE, str(fault))
    for arrival in recording.arrivals[:-1]:
        text = json.loads(arrival.event.data).get("u")
        if text != TEXT:
            seen = f"{TEXT!r} arrived as {text!r}: something on the way {_corrupts(str(text))}"
            return CheckResult("utf8", FAILURE, seen)
    return CheckResult(
        "utf8", PASSED, f"{TEXT!r} arrived as it was written, although it was cut within a character"
    )


def _corrupts(text: str) -> str:
    if "\ufffd" in text:
        return "decodes each piece by itself, and a character that two pieces share becomes U+FFFD"
    return "rewrites the text"
