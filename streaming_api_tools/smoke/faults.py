"""What is wrong with an answer before its timing can be looked at."""

from __future__ import annotations

from collections.abc import Mapping

from ..envelopes import message_of
from ..exchange import Ending
from .challenge import BadAnswer, Challenge, follows, stamp_of
from .recording import Recording
from .verdicts import Verdict

EVENT_STREAM = "text/event-stream"
#: What separates the metadata from the body in a function's streamed answer; a client never sees it.
DELIMITER = b"\0" * 8

#: Statuses that say by themselves what is wrong; the others below 500 mean that this is no probe route.
STATUSES: Mapping[int, Verdict] = {
    401: Verdict.AUTH,
    403: Verdict.AUTH,
    404: Verdict.UNREACHABLE,
    429: Verdict.THROTTLED,
}


class Fault(Exception):
    """An answer that cannot be timed.

    :param events: how many events of the challenge it had
    """

    def __init__(self, verdict: Verdict, message: str, events: int = 0) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.events = events


def stamps_of(recording: Recording, challenge: Challenge) -> tuple[float, ...]:
    """Return the handler's stamps of a complete, well-formed answer.

    :raises Fault: when the answer is anything else
    """
    _check_head(recording)
    stamps, done = _read_events(recording)
    _check_end(recording, challenge, len(stamps), done)
    if not follows(challenge, stamps):
        raise Fault(Verdict.BAD_FRAME, "the stamps are of another schedule: a cached answer?", len(stamps))
    return stamps


def _check_head(recording: Recording) -> None:
    end, head = recording.end, recording.head
    if head is None:
        if end.how in (Ending.SILENT, Ending.OVERDUE):
            raise Fault(Verdict.STALLED, f"the request was sent and no answer came: {end.detail}")
        raise Fault(Verdict.UNREACHABLE, end.detail or end.how.value)
    if head.status != 200:
        otherwise = Verdict.SERVER_ERROR if head.status >= 500 else Verdict.BAD_FRAME
        said = message_of(recording.excerpt.decode("utf-8", "replace"))
        raise Fault(STATUSES.get(head.status, otherwise), f"status {head.status}: {said}".removesuffix(": "))
    if head.media_type != EVENT_STREAM:
        raise Fault(Verdict.BAD_FRAME, f"content-type is {head.media_type or 'missing'}, not {EVENT_STREAM}")
    encoding = head.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Fault(Verdict.BAD_FRAME, f"the answer is compressed ({encoding}), which was not asked for")
    if DELIMITER in recording.excerpt:
        raise Fault(Verdict.BAD_FRAME, "the 8 NUL bytes after the metadata arrived as a part of the body")


def _read_events(recording: Recording) -> tuple[tuple[float, ...], bool]:
    """Return the stamps of the probe's events, and whether the terminal event came after them."""
    stamps: list[float] = []
    done = False
    for event in (arrival.event for arrival in recording.arrivals):
        if done:
            raise Fault(Verdict.BAD_FRAME, "an event came after the terminal event", len(stamps))
        if event.type == "error":
            said = message_of(event.data)
            raise Fault(Verdict.SERVER_ERROR, f"the stream ended in an error event: {said}", len(stamps))
        if event.type == "done":
            done = True
            continue
        try:
            stamps.append(stamp_of(event, len(stamps)))
        except BadAnswer as failure:
            raise Fault(Verdict.BAD_FRAME, str(failure), len(stamps)) from None
    return tuple(stamps), done


def _check_end(recording: Recording, challenge: Challenge, events: int, done: bool) -> None:
    end, seen = recording.end, f"{events} of {challenge.events} events"
    if recording.overflow:
        raise Fault(Verdict.BAD_FRAME, f"the answer does not end: {recording.overflow}", events)
    if end.how in (Ending.SILENT, Ending.OVERDUE):
        where = "after the terminal event" if done else f"after {seen}"
        raise Fault(Verdict.STALLED, f"the answer stopped {where} and was not closed: {end.detail}", events)
    if end.how is Ending.CUT:
        raise Fault(Verdict.TRUNCATED, f"the connection was cut after {seen}: {end.detail}", events)
    if not done:
        raise Fault(Verdict.TRUNCATED, f"the answer ended after {seen}, without a terminal event", events)
    if events != challenge.events:
        raise Fault(Verdict.BAD_FRAME, f"the terminal event came after {seen}", events)
