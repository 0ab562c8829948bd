"""Read the schedule that a challenge asks for, within bounds that keep it harmless, and follow it."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields

from lambda_streaming import Event, HTTPError

MAX_GAPS = 1000
MAX_GAP_MS = 60_000
# One minute less than the 15 minutes that both a function and a streamed response may take.
MAX_TOTAL_MS = 840_000
MAX_PAD = 65_536
# Characters of 2, 3 and 4 bytes; the tester has the same text.
TEXT = "é漢🙂"


class AskedToFail(RuntimeError):
    """The challenge asked the stream to fail."""


@dataclass(frozen=True)
class Schedule:
    """The events to send, and when to send them.

    :param gaps_ms: silence before each event but the first, in milliseconds: at most 1000 gaps of 0 to 60000
    :param pad: how many characters of padding each event carries, 0 to 65536
    :param first_ms: silence before the first event, in milliseconds, 0 to 60000
    :param utf8: true if each event carries text of several bytes a character, sent in two pieces that cut one
    :param fail_before: status of the error to answer with instead of a stream, 400 to 599
    :param fail_after: after how many events to fail, 0 to 1000
    :param truncate: after how many events to end without the terminal event, 0 to 1000
    """

    gaps_ms: tuple[float, ...] = ()
    pad: int = 0
    first_ms: float = 0
    utf8: bool = False
    fail_before: int | None = None
    fail_after: int | None = None
    truncate: int | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, object]) -> Schedule:
        """Return the schedule that a REST API's proxy event holds.

        :raises HTTPError: 400 for anything beyond the bounds
        """
        body = _json_object(event)
        unknown = sorted(body.keys() - {field.name for field in fields(cls)})
        if unknown:
            raise _refusal(f"unknown field {unknown[0]!r}", unknown[0])
        gaps = body.get("gaps_ms", [])
        if not isinstance(gaps, list) or len(gaps) > MAX_GAPS:
            raise _refusal(f"gaps_ms must be a list of at most {MAX_GAPS} numbers", "gaps_ms")
        gaps_ms = tuple(_number(gap, "gaps_ms", MAX_GAP_MS) for gap in gaps)
        first_ms = _number(body.get("first_ms", 0), "first_ms", MAX_GAP_MS)
        if first_ms + sum(gaps_ms) > MAX_TOTAL_MS:
            raise _refusal(f"first_ms and gaps_ms must be at most {MAX_TOTAL_MS} together", "gaps_ms")
        utf8 = body.get("utf8", False)
        if not isinstance(utf8, bool):
            raise _refusal("utf8 must be true or false", "utf8")
        return cls(
            gaps_ms,
            _whole(body.get("pad", 0), "pad", MAX_PAD) or 0,
            first_ms,
            utf8,
            _whole(body.get("fail_before"), "fail_before", 599, least=400),
            _whole(body.get("fail_after"), "fail_after", MAX_GAPS),
            _whole(body.get("truncate"), "truncate", MAX_GAPS),
        )


def events(
    schedule: Schedule, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[dict[str, object] | bytes | Event]:
    """Yield the events of a schedule when they are due.

    :param clock: a monotonic clock, in seconds
    :param sleep: waits for so many seconds
    :raises HTTPError: before the first event, when the schedule asks for it
    :raises AskedToFail: after the events that the schedule asks for
    """
    if schedule.fail_before is not None:
        raise HTTPError(schedule.fail_before, "the challenge asked for this error", code="asked_to_fail")
    start = clock()
    due = start
    waits = (schedule.first_ms, *schedule.gaps_ms)
    for i, wait_ms in enumerate(waits):
        if schedule.fail_after == i:
            raise AskedToFail
        if schedule.truncate == i:
            return
        # Against the clock rather than gap by gap, so that what sending takes does not add up.
        due += wait_ms / 1000
        sleep(max(0.0, due - clock()))
        event: dict[str, object] = {"i": i, "s": round((clock() - start) * 1000, 3)}
        if schedule.pad:
            event["x"] = "x" * schedule.pad
        if schedule.utf8:
            yield from _cut_within_a_character(event)
        else:
            yield event
    yield Event({"events": len(waits)}, event="done")


def _cut_within_a_character(event: dict[str, object]) -> Iterator[bytes]:
    text = json.dumps(event | {"u": TEXT}, ensure_ascii=False, separators=(",", ":"))
    wire = f"data: {text}\n\n".encode()
    cut = wire.index(TEXT.encode()) + 1
    yield wire[:cut]
    yield wire[cut:]


def _whole(value: object, field: str, most: int, least: int = 0) -> int | None:
    if value is None and field != "pad":
        return None
    if not isinstance(value, int):
        raise _refusal(f"{field} must be a whole number", field)
    if value < least:
        raise _refusal(f"{field} must be {least} to {most}", field)
    return int(_number(value, field, most))


def _number(value: object, field: str, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise _refusal(f"{field} must be 0 to {most}", field)
    return value


def _json_object(event: Mapping[str, object]) -> dict[str, object]:
    raw = event.get("body") or ""
    try:
        body = json.loads(b64decode(str(raw), validate=True) if event.get("isBase64Encoded") else str(raw))
    except (ValueError, RecursionError) as error:
        raise _refusal("the body must be JSON") from error
    if not isinstance(body, dict):
        raise _refusal("the body must be a JSON object")
    return body


def _refusal(message: str, param: str | None = None) -> HTTPError:
    return HTTPError(400, message, code="invalid_probe", param=param)
