"""What a challenge of the probe asks for, within bounds that keep it harmless."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lambda_streaming import Event, HTTPError

MAX_GAPS = 1000
MAX_GAP_MS = 60_000
# One minute less than the 15 minutes that both a function and a streamed response may take.
MAX_TOTAL_MS = 840_000
MAX_PAD = 65_536


@dataclass(frozen=True)
class Schedule:
    """When to send what.

    :param gaps_ms: silence before each event but the first, in milliseconds: at most 1000 gaps of 0 to 60000
    :param pad: how many characters of padding each event carries, 0 to 65536
    :param first_ms: silence before the first event, in milliseconds, 0 to 60000
    """

    gaps_ms: tuple[float, ...] = ()
    pad: int = 0
    first_ms: float = 0

    @classmethod
    def from_event(cls, event: Mapping[str, object]) -> Schedule:
        """Return the schedule that a REST API's proxy event holds.

        :raises HTTPError: 400 for anything beyond the bounds
        """
        body = _json_object(event)
        unknown = sorted(body.keys() - {"gaps_ms", "pad", "first_ms"})
        if unknown:
            raise _refusal(f"unknown field {unknown[0]!r}", unknown[0])
        gaps = body.get("gaps_ms", [])
        if not isinstance(gaps, list) or len(gaps) > MAX_GAPS:
            raise _refusal(f"gaps_ms must be a list of at most {MAX_GAPS} numbers", "gaps_ms")
        gaps_ms = tuple(_number(gap, "gaps_ms", MAX_GAP_MS) for gap in gaps)
        first_ms = _number(body.get("first_ms", 0), "first_ms", MAX_GAP_MS)
        if first_ms + sum(gaps_ms) > MAX_TOTAL_MS:
            raise _refusal(f"first_ms and gaps_ms must be at most {MAX_TOTAL_MS} together", "gaps_ms")
        pad = body.get("pad", 0)
        if not isinstance(pad, int):
            raise _refusal("pad must be a whole number", "pad")
        return cls(gaps_ms, int(_number(pad, "pad", MAX_PAD)), first_ms)


def events(
    schedule: Schedule, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[dict[str, object] | Event]:
    """Yield the events of a schedule when they are due.

    :param clock: a monotonic clock, in seconds
    :param sleep: waits for so many seconds
    """
    start = clock()
    due = start
    waits = (schedule.first_ms, *schedule.gaps_ms)
    for i, wait_ms in enumerate(waits):
        # Against the clock rather than gap by gap, so that what sending takes does not add up.
        due += wait_ms / 1000
        sleep(max(0.0, due - clock()))
        event: dict[str, object] = {"i": i, "s": round((clock() - start) * 1000, 3)}
        yield event | {"x": "x" * schedule.pad} if schedule.pad else event
    yield Event({"events": len(waits)}, event="done")


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
