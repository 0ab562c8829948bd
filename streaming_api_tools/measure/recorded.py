"""Exchanges in a file: what a test saw can be judged again, by another version or with other limits.

One JSON object: ``recording_version`` and ``exchanges``, each with its ``challenge``, its ``moments`` and the
number of the ``run`` that it is an attempt of. The times are nanoseconds of a clock without a meaning of its
own. Request headers and credentials are not in it; response headers and bodies are.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

from ..client.moments import End, Ending, Head, Moment, Part, Sent
from ..errors import CouldNotRun
from ..files import write_text
from .challenge import Challenge, RecordedRun
from .targets import ChallengeTarget

VERSION = 1
#: Fields of the moments that are as JSON has them.
KINDS: Mapping[str, type | tuple[type, ...]] = {
    "ns": int,
    "connect_ns": int,
    "status": int,
    "headers": dict,
    "detail": str,
    "http_version": str,
    "lag_ms": (int, float),
}


@dataclass
class KeptTarget:
    """Another target, whose exchanges are kept."""

    target: ChallengeTarget
    exchanges: list[dict[str, object]] = field(default_factory=list)
    run: int = 1

    def described(self) -> Mapping[str, object]:
        """Return the description of the other target."""
        return self.target.described()

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Pass a challenge on, and keep what happens."""
        kept: list[dict[str, object]] = []
        self.exchanges.append({"run": self.run, "challenge": asdict(challenge), "moments": kept})
        async with aclosing(self.target.answer(challenge, idle=idle, total=total)) as moments:
            async for moment in moments:
                kept.append(_to_json(moment))
                yield moment

    def end_run(self) -> None:
        """Take what follows as another run, and no longer as attempts of this one."""
        self.run += 1

    def write(self, path: Path) -> None:
        """Write the exchanges to a file."""
        document = {"recording_version": VERSION, "exchanges": self.exchanges}
        write_text(path, json.dumps(document))


@dataclass
class RecordedTarget:
    """Answers with what another test saw."""

    path: Path
    left: deque[Sequence[Moment]]

    def described(self) -> Mapping[str, object]:
        """Return the name of the file."""
        return {"recording": str(self.path)}

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Yield the moments of the next exchange."""
        for moment in self.left.popleft():
            yield moment


def read_recording(path: Path) -> tuple[RecordedTarget, tuple[RecordedRun, ...]]:
    """Return the target that a file describes, and the runs whose challenges it answers.

    :raises CouldNotRun: for a file that is not a recording
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["recording_version"] != VERSION:
            raise CouldNotRun(f"{path} has recording_version {document['recording_version']}, not {VERSION}")
        runs = _runs(document["exchanges"])
        answers: deque[Sequence[Moment]] = deque(
            [_from_json(each) for each in exchange["moments"]] for exchange in document["exchanges"]
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
        raise CouldNotRun(f"{path} is not a recording: {type(failure).__name__}: {failure}") from failure
    if not runs:
        raise CouldNotRun(f"{path} has no exchanges")
    return RecordedTarget(path, answers), runs


def _runs(exchanges: Sequence[Mapping[str, object]]) -> tuple[RecordedRun, ...]:
    attempts: list[tuple[int, Challenge]] = []
    for number, exchange in enumerate(exchanges):
        challenge = _challenge(exchange["challenge"])  # type: ignore[arg-type]
        # in a recording without runs an attempt has the schedule of the one before it
        run = exchange.get("run", 0 if challenge.gaps_ms else -number)
        _need(run, int)
        attempts.append((run, challenge))  # type: ignore[arg-type]
    return tuple(RecordedRun(challenge, len(list(same))) for (_, challenge), same in groupby(attempts))


def _challenge(fields: Mapping[str, object]) -> Challenge:
    made = Challenge(**(dict(fields) | {"gaps_ms": tuple(fields["gaps_ms"])}))  # type: ignore[arg-type]
    for number in (*made.gaps_ms, made.pad, made.first_ms):
        _need(number, int)
    return made


def _to_json(moment: Moment) -> dict[str, object]:
    fields = asdict(moment) | {"kind": type(moment).__name__}
    if isinstance(moment, Part):
        fields["data"] = b64encode(moment.data).decode()
    elif isinstance(moment, End):
        fields["how"] = moment.how.value
    elif isinstance(moment, Head):
        fields["headers"] = dict(moment.headers)
    return fields


def _from_json(fields: Mapping[str, object]) -> Moment:
    values = dict(fields)
    kind = {each.__name__: each for each in (Sent, Head, Part, End)}[str(values.pop("kind"))]
    for name, wanted in KINDS.items():
        if name in values:
            _need(values[name], wanted)
    if kind is Part:
        values["data"] = b64decode(str(values["data"]))
    elif kind is End:
        values["how"] = Ending(values["how"])
    return kind(**values)  # type: ignore[arg-type]


def _need(value: object, wanted: type | tuple[type, ...]) -> None:
    if not isinstance(value, wanted):
        raise TypeError(f"{value!r:.80} is of the wrong kind")
