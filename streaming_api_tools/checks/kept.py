"""Checks of a stream that is kept: a client that was cut gets the rest, and a cancel stops the function."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing

from .. import event_loop
from ..client.envelopes import code_of
from ..client.http_post import post
from ..client.kept_stream import NOTHING_MORE, KeptStream, Refused, stream_id_of
from ..client.moments import End, Ending, Head, Sent
from ..measure.cadence import LEAST_LAG_MS
from ..measure.challenge import GAPS, Challenge, draw, precedes
from ..measure.faults import AnswerFault, check_head, complete_stamps
from ..measure.lag import longest_ms, observing
from ..measure.metrics import clusters
from ..measure.recording import Recorder
from ..measure.statistics import percentile
from ..measure.verdicts import OUTCOMES, Verdict
from .context import CheckContext, NotApplicable
from .result import ERROR, FAILURE, PASSED, CheckResult, outcome_of
from .taken import Taken, as_one, size_of, take

#: Bytes of padding, so that a cut is rather within an event than between two.
PAD = 200
#: Seconds without a byte: time for a cold start.
IDLE = 20.0
#: The terminal event of a stream that was cancelled.
CANCELLED = "stream_cancelled"
#: Events that a stream has when it is cancelled, and milliseconds between two.
BEFORE_CANCEL, CANCEL_GAP_MS = 3, 250
#: Milliseconds of writing that cannot arrive as one piece where each event is passed on.
LEAST_SPAN_MS = 1000.0
IDS = re.compile(rb"^id: ([0-9a-f]+)\.(\d+)\n", re.MULTILINE)
NO_STORE = "the API keeps no streams (no x-stream-id in its answer): give the StreamingApi a StreamStore"
NO_ROUTES = "give the store to the StreamingApi: it has the routes streams/{id}"
READ_THE_LOG = "look for 'the stream is not resumable' in the function's log, and for the reader's errors"
MAY_NOT = "let the caller execute-api:Invoke GET streams/* and POST streams/*/cancel"
HELD = "check that the method of GET streams/{id} has responseTransferMode STREAM"


class Differs(Exception):
    """Raised for a stream that is not what was promised.

    :param next_step: what to do
    """

    def __init__(self, message: str, next_step: str = READ_THE_LOG) -> None:
        super().__init__(message)
        self.next_step = next_step


def resume(context: CheckContext) -> CheckResult:
    """Leave a stream in the middle, twice, and come back for the rest."""
    return _judged("resume", context, _resume)


def cancel(context: CheckContext) -> CheckResult:
    """Cancel a stream that has long to go."""
    return _judged("cancel", context, _cancel)


#: The observation, and the properties of a check that has passed.
Seen = tuple[str, dict[str, object]]


def _judged(
    name: str, context: CheckContext, run: Callable[[CheckContext], Coroutine[None, None, Seen]]
) -> CheckResult:
    try:
        message, properties = event_loop.run(run(context))
    except AnswerFault as fault:
        kind, next_step = fault.verdict.value, OUTCOMES[fault.verdict].next_step
        return CheckResult(name, outcome_of(fault.verdict), str(fault), {}, kind, next_step)
    except Differs as problem:
        return CheckResult(name, FAILURE, str(problem), {}, "", problem.next_step)
    except Refused as refused:
        return _refused(name, refused)
    return CheckResult(name, PASSED, message, properties)


def _refused(name: str, refused: Refused) -> CheckResult:
    text = f"streams/{{id}}: {refused}"
    if refused.status in (401, 403) and not refused.has_no_route:
        return CheckResult(name, ERROR, text, {}, "AUTH", MAY_NOT)
    if refused.may_pass or not refused.status:
        return CheckResult(name, ERROR, text, {}, "", "run the check again later")
    return CheckResult(name, FAILURE, text, {}, "", READ_THE_LOG if refused.code else NO_ROUTES)


async def _resume(context: CheckContext) -> Seen:
    dice = random.Random()  # noqa: S311
    challenge = draw(dice, GAPS, context.sizes.gap_ms, PAD)
    # about a quarter of the stream, and then some more: anywhere, also within an event
    event = PAD + 80
    async with observing() as busy:
        first, stream = await _begun(context, challenge, dice.randrange(3 * event, 5 * event))
        seen = [first]
        seen.append(await take(stream.read(size_of(seen)), dice.randrange(1, 3 * event)))
        seen.append(await take(stream.read(size_of(seen))))
        lag = await longest_ms(busy, first.moments[0].ns)
    joined = b"".join(each.body for each in seen)
    cuts = f"{len(first.body)} and {size_of(seen[:2])} of {len(joined)} bytes"
    stamps = complete_stamps(as_one(seen, challenge), challenge)
    if precedes(challenge, stamps):
        raise Differs("the stamps are of another schedule: a cached answer?")
    _check_ids(joined, stream.stream_id)
    replay = await take(stream.read())
    _check_same("the replay from the beginning", replay, joined)
    last = dice.choice(list(IDS.finditer(joined))[:-1])
    after = {"Last-Event-ID": last[0][4:-1].decode()}
    # without the id, with which anybody may read a stream that nobody is authenticated for
    _check_same(
        f"the rest after the Last-Event-ID of byte {int(last[2])}",
        await take(stream.read(0, after)),
        joined[int(last[2]) :],
    )
    await _check_over(stream, len(joined))
    behind = _behind_ms(seen, stamps, challenge, lag)
    told = f"cut after {cuts}, and read on: every byte once, as in two replays; {behind:.0f} ms behind at p95"
    return told, {
        "cut_at": [len(first.body), size_of(seen[:2])],
        "bytes": len(joined),
        "behind_p95_ms": behind,
    }


async def _cancel(context: CheckContext) -> Seen:
    bound = context.sizes.cancel_s
    challenge = Challenge((CANCEL_GAP_MS,) * max(20, round(8 * bound)), PAD)
    seen, recorder, asked, events = Taken(), Recorder(1 << 20, challenge.events + 1), 0, 0
    stream: KeptStream | None = None
    request = context.api.prepare(challenge.request(context.api.url))
    async with aclosing(post(request, idle=IDLE, total=IDLE + 3 * bound)) as moments:
        async for moment in moments:
            seen.moments.append(moment)
            recorder.take(moment)
            events = len(recorder.recording().arrivals)
            if isinstance(moment, Head) and moment.status == 200:
                stream = _kept(context, moment)
            if stream and events >= BEFORE_CANCEL and not asked:
                asked = time.perf_counter_ns()
                await stream.cancel()
            if asked and (moment.ns - asked) / 1e9 > bound:
                break
    recording = recorder.recording()
    check_head(recording)
    if stream is None or not asked:
        complete_stamps(recording, challenge)
        raise Differs("the stream ended before it could be cancelled")
    took = (seen.moments[-1].ns - asked) / 1e9
    if not isinstance(seen.moments[-1], End) or took > bound:
        raise Differs(f"the stream goes on {bound:g} s after its cancel")
    last = recording.arrivals[-1].event
    if last.type != "error" or code_of(last.data) != CANCELLED:
        raise Differs(f"a cancelled stream ends with {last.type} {last.data[:80]!r}, not with {CANCELLED}")
    _check_same("the replay of a cancelled stream", await take(stream.read()), seen.body)
    await stream.cancel()
    got = f"{events - 1} of {challenge.events} events"
    told = f"the stream ended {took * 1000:.0f} ms after the cancel, with {got}, and so does its replay"
    return told, {"cancel_ms": took * 1000, "events": events - 1}


async def _begun(context: CheckContext, challenge: Challenge, most: int) -> tuple[Taken, KeptStream]:
    """Begin a stream and leave after so many bytes."""
    request = context.api.prepare(challenge.request(context.api.url))
    taken = await take(post(request, idle=challenge.seconds + IDLE), most)
    check_head(as_one([taken], challenge))
    assert taken.head
    stream = _kept(context, taken.head)
    if len(taken.body) < most:
        # the verdict on what came is that of a run
        complete_stamps(as_one([taken], challenge), challenge)
        raise Differs(f"the stream ended after {len(taken.body)} bytes, before it could be cut")
    return taken, stream


def _kept(context: CheckContext, head: Head) -> KeptStream:
    if not (stream_id := stream_id_of(head)):
        raise NotApplicable(NO_STORE)
    return KeptStream(context.api.url, stream_id, context.api.prepare, IDLE)


def _check_ids(body: bytes, stream_id: str) -> None:
    """Check that each id names the stream, and the byte at which its event ends."""
    found = list(IDS.finditer(body))
    if len(found) < 2:
        raise Differs("the events have no ids, so that no Last-Event-ID resumes them")
    for each in found:
        ends = body.index(b"\n\n", each.end() - 1) + 2
        if each[1].decode() != stream_id or int(each[2]) != ends:
            raise Differs(f"position {int(each[2])} is in the id of an event that ends at byte {ends}")


def _check_same(what: str, taken: Taken, expected: bytes) -> None:
    if taken.end.how is not Ending.CLOSED:
        raise Differs(f"{what} was cut: {taken.end.detail or taken.end.how.value}")
    if taken.body != expected:
        pairs = zip(taken.body, expected, strict=False)
        at = next(
            (n for n, (mine, theirs) in enumerate(pairs) if mine != theirs),
            min(len(taken.body), len(expected)),
        )
        raise Differs(f"{what} differs from byte {at} on: {len(taken.body)} bytes instead of {len(expected)}")


async def _check_over(stream: KeptStream, size: int) -> None:
    try:
        await take(stream.read(size))
    except Refused as refused:
        if refused.status != NOTHING_MORE:
            raise
    else:
        raise Differs("a client that has everything is not told so by a 204")


def _behind_ms(seen: Sequence[Taken], stamps: Sequence[float], challenge: Challenge, lag: float) -> float:
    """Return how much later than on the first connection the events came that were written after the return.

    :param lag: milliseconds by which this client was late at most
    :raises Differs: when they all came at once
    :raises AnswerFault: when this client may have made that of them
    """
    recording = as_one(seen, challenge)
    arrived = [each.ns / 1e6 for each in recording.arrivals[: len(stamps)]]
    back = next(each.ns for each in seen[1].moments if isinstance(each, Sent)) / 1e6
    fastest = min(at - stamp for at, stamp in zip(arrived, stamps, strict=True))
    late = [
        (at, at - stamp - fastest)
        for at, stamp in zip(arrived, stamps, strict=True)
        if stamp + fastest > back
    ]
    if not late:
        return 0.0
    span = stamps[-1] - stamps[-len(late)]
    if span >= LEAST_SPAN_MS and len(clusters([at for at, _ in late])) == 1:
        seen_at_once = f"{span:.0f} ms of writing came at once to the client that follows"
        if lag > LEAST_LAG_MS and span - lag <= LEAST_SPAN_MS:
            raise AnswerFault(Verdict.INCONCLUSIVE, f"{seen_at_once}, which did nothing for {lag:.0f} ms")
        raise Differs(seen_at_once, HELD)
    return percentile([each for _, each in late], 0.95)
