"""Finds the faults of an answer that come before its timing."""

from __future__ import annotations

from collections.abc import Mapping

from ..client.envelopes import code_of, message_of
from ..client.moments import Ending
from ..client.sse import Event
from ..printable import one_line
from .challenge import BadAnswer, Challenge, lateness_ms, precedes, resembles, stamp_of
from .recording import EVENT_STREAM, Recording
from .verdicts import Verdict

#: What separates the metadata from the body in a function's streamed answer; a client never sees it.
DELIMITER = b"\0" * 8

#: Statuses that are a verdict by themselves; the others below 500 mean that this is not a probe route.
STATUSES: Mapping[int, Verdict] = {
    401: Verdict.AUTH,
    403: Verdict.AUTH,
    404: Verdict.UNREACHABLE,
    429: Verdict.THROTTLED,
}
#: Codes of the error envelope that say more than the status: what the chat function makes of Bedrock's
#: AccessDeniedException and ResourceNotFoundException, and Bedrock's own.
CODES: Mapping[str, Verdict] = {
    "model_access_denied": Verdict.MODEL_ACCESS,
    "model_not_found": Verdict.MODEL_ACCESS,
}
#: How an exchange ended that never had a head; anything else means that nobody answered.
HEADLESS: Mapping[Ending, Verdict] = {
    Ending.FAILED: Verdict.SERVER_ERROR,
    Ending.MALFORMED: Verdict.BAD_FRAME,
}


class AnswerFault(Exception):
    """Raised for an answer that cannot be timed.

    :param events: number of events of the challenge in it
    """

    def __init__(self, verdict: Verdict, message: str, events: int = 0) -> None:
        super().__init__(one_line(message))
        self.verdict = verdict
        self.events = events


def stamps_of(recording: Recording, challenge: Challenge) -> tuple[float, ...]:
    """Return the handler's stamps of a complete, well-formed answer.

    :raises AnswerFault: when the answer is anything else
    """
    stamps = complete_stamps(recording, challenge)
    if precedes(challenge, stamps):
        raise AnswerFault(
            Verdict.BAD_FRAME, "the stamps are of another schedule: a cached answer?", len(stamps)
        )
    if not resembles(challenge, stamps):
        late = max(lateness_ms(challenge, stamps))
        raise AnswerFault(
            Verdict.INCONCLUSIVE,
            f"the function wrote up to {late:.0f} ms late, too irregularly to know its schedule: a busy"
            " function, or a cached answer",
            len(stamps),
        )
    return stamps


def complete_stamps(recording: Recording, challenge: Challenge) -> tuple[float, ...]:
    """Return the handler's stamps of an answer that has all events, whenever they were written.

    :raises AnswerFault: when the answer is not complete
    """
    check_head(recording, EVENT_STREAM)
    stamps, done = _read_events(recording)
    _check_end(recording, challenge, len(stamps), done)
    return stamps


def check_head(recording: Recording, media_type: str = "") -> None:
    """Check the status and the headers of an answer.

    :param media_type: the media type that the answer must have. Default: - any
    :raises AnswerFault: when there is no answer, or one that is not a success
    """
    end, head = recording.end, recording.head
    if head is None:
        if end.how in (Ending.SILENT, Ending.OVERDUE):
            raise AnswerFault(Verdict.STALLED, f"the request was sent and no answer came: {end.detail}")
        raise AnswerFault(HEADLESS.get(end.how, Verdict.UNREACHABLE), end.detail or end.how.value)
    if head.status != 200:
        otherwise = Verdict.SERVER_ERROR if head.status >= 500 else Verdict.BAD_FRAME
        text = recording.excerpt.decode("utf-8", "replace")
        verdict = CODES.get(code_of(text)) or STATUSES.get(head.status, otherwise)
        raise AnswerFault(verdict, f"status {head.status}: {message_of(text)}".removesuffix(": "))
    if media_type not in ("", head.media_type):
        raise AnswerFault(
            Verdict.BAD_FRAME, f"content-type is {head.media_type or 'missing'}, not {media_type}"
        )
    encoding = head.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        asked = "although the tester asks for identity unless --header says otherwise"
        raise AnswerFault(
            Verdict.BAD_FRAME, f"the answer is compressed ({encoding}), {asked}: its events cannot be timed"
        )
    if DELIMITER in recording.excerpt:
        raise AnswerFault(
            Verdict.BAD_FRAME, "the 8 NUL bytes after the metadata arrived as a part of the body"
        )


def _read_events(recording: Recording) -> tuple[tuple[float, ...], bool]:
    """Return the stamps of the probe's events, and whether the terminal event came after them."""
    stamps: list[float] = []
    done = False
    for event in (arrival.event for arrival in recording.arrivals):
        if done:
            raise AnswerFault(Verdict.BAD_FRAME, "an event came after the terminal event", len(stamps))
        if event.type == "error":
            raise error_event(event, len(stamps))
        if event.type == "done":
            done = True
            continue
        try:
            stamps.append(stamp_of(event, len(stamps)))
        except BadAnswer as failure:
            raise AnswerFault(Verdict.BAD_FRAME, str(failure), len(stamps)) from None
    return tuple(stamps), done


def error_event(event: Event, events: int) -> AnswerFault:
    """Return the fault that an error event reports."""
    verdict = CODES.get(code_of(event.data), Verdict.SERVER_ERROR)
    return AnswerFault(verdict, f"the stream ended in an error event: {message_of(event.data)}", events)


def _check_end(recording: Recording, challenge: Challenge, events: int, done: bool) -> None:
    end, seen = recording.end, f"{events} of {challenge.events} events"
    if recording.overflow:
        raise AnswerFault(Verdict.BAD_FRAME, f"the answer does not end: {recording.overflow}", events)
    if end.how in (Ending.SILENT, Ending.OVERDUE):
        where = "after the terminal event" if done else f"after {seen}"
        raise AnswerFault(
            Verdict.STALLED, f"the answer stopped {where} and was not closed: {end.detail}", events
        )
    if end.how is Ending.CUT:
        raise AnswerFault(Verdict.TRUNCATED, f"the connection was cut after {seen}: {end.detail}", events)
    if end.how is Ending.FAILED:
        raise AnswerFault(Verdict.SERVER_ERROR, f"the function failed after {seen}: {end.detail}", events)
    if not done:
        raise AnswerFault(
            Verdict.TRUNCATED, f"the answer ended after {seen}, without a terminal event", events
        )
    if events != challenge.events:
        raise AnswerFault(Verdict.BAD_FRAME, f"the terminal event came after {seen}", events)
