"""Simulates requests against the limits on their way: throttles, functions, a model, a table."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from .traffic import Arrival


class Gate(str, Enum):
    """A limit that refuses, in the order in which a request meets them."""

    STAGE = "the stage's throttle"
    ACCOUNT = "API Gateway's throttle"
    CONCURRENCY = "Lambda's concurrency"
    SCALING = "Lambda's scaling rate"
    TOKENS = "Bedrock's tokens a minute"
    TABLE = "DynamoDB's write units"


@dataclass(frozen=True)
class Refill:
    """A token bucket: a rate, and as much as may be taken at once.

    :param rate: a second
    :param burst: in the full bucket
    """

    rate: float
    burst: float


@dataclass(frozen=True)
class ModelTokens:
    """The tokens that Bedrock counts: a request takes its largest answer, and gives back the rest at its end.

    :param prompt: tokens of a prompt
    :param most: ``maxTokens`` of a request
    :param per_second: tokens of an answer in a second of the stream
    :param silence: seconds until the first of them
    """

    prompt: float
    most: float
    per_second: float
    silence: float = 0.0

    def of(self, seconds: float) -> float:
        """Return the tokens of a whole request."""
        return self.prompt + min(self.most, self.per_second * max(0.0, seconds - self.silence))


@dataclass(frozen=True)
class Capacity:
    """The limits in force. Default of each: - there is none.

    :param scaling: execution environments that Lambda starts for a function
    :param tokens: tokens that Bedrock takes
    :param counted: how Bedrock counts them
    :param units: write units a second that the table takes. A stream above it runs, and is not kept
    :param units_of_stream: write units a second of a stream
    """

    stage: Refill | None = None
    account: Refill | None = None
    concurrency: int | None = None
    scaling: Refill | None = None
    tokens: Refill | None = None
    counted: ModelTokens = ModelTokens(0, 0, 0)
    units: float | None = None
    units_of_stream: float = 0.0


@dataclass
class Outcome:
    """The fate of the requests.

    :param refused: by the gate that refused
    :param first: the second of a gate's first refusal
    :param running: streams at the end of each second
    """

    asked: int = 0
    refused: Counter[Gate] = field(default_factory=Counter)
    first: dict[Gate, float] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)
    peak: int = 0

    @property
    def refused_share(self) -> float:
        """The share of requests that were refused; a stream that is not kept is none of them."""
        refused = sum(count for gate, count in self.refused.items() if gate is not Gate.TABLE)
        return refused / self.asked if self.asked else 0.0

    def share(self, gate: Gate) -> float:
        """Return the share of requests that one gate refused."""
        return self.refused[gate] / self.asked if self.asked else 0.0


class Bucket:
    """A bucket that is refilled all the time.

    >>> bucket = Bucket(Refill(rate=1, burst=2))
    >>> [bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(1)]
    [True, True, False, True]
    """

    def __init__(self, refill: Refill) -> None:
        self._refill, self._left, self._at = refill, refill.burst, 0.0

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Take from the bucket, if there is as much in it."""
        self._left = min(self._refill.burst, self._left + (now - self._at) * self._refill.rate)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def give(self, amount: float) -> None:
        """Give back what was taken and not needed."""
        self._left = min(self._refill.burst, self._left + amount)


class _Way:
    """The gates on the way of requests, and the streams that run behind them."""

    def __init__(self, capacity: Capacity) -> None:
        self._stage, self._account = _bucket(capacity.stage), _bucket(capacity.account)
        self._scaling, self._tokens = _bucket(capacity.scaling), _bucket(capacity.tokens)
        self._most = math.inf if capacity.concurrency is None else capacity.concurrency
        self._kept = math.inf
        if capacity.units is not None and capacity.units_of_stream:
            self._kept = capacity.units / capacity.units_of_stream
        self._counted = capacity.counted
        self._environments = 0
        #: end of a stream, and the tokens that it gives back
        self._ends: list[tuple[float, float]] = []

    @property
    def running(self) -> int:
        """Streams at once."""
        return len(self._ends)

    def end_until(self, now: float) -> None:
        """End the streams that are over by now."""
        ends = self._ends
        while ends and ends[0][0] <= now:
            _, rest = heapq.heappop(ends)
            if self._tokens:
                self._tokens.give(rest)

    def refusal(self, arrival: Arrival) -> Gate | None:
        """Return the gate that refuses a request; None once its stream runs, and is kept."""
        now, running = arrival.at, len(self._ends)
        if self._stage and not self._stage.take(now):
            return Gate.STAGE
        if self._account and not self._account.take(now):
            return Gate.ACCOUNT
        if running >= self._most:
            return Gate.CONCURRENCY
        if running >= self._environments:
            if self._scaling and not self._scaling.take(now):
                return Gate.SCALING
            self._environments += 1
        rest = 0.0
        if self._tokens:
            taken = self._counted.prompt + self._counted.most
            if not self._tokens.take(now, taken):
                return Gate.TOKENS
            rest = taken - self._counted.of(arrival.seconds)
        heapq.heappush(self._ends, (now + arrival.seconds, rest))
        return Gate.TABLE if running + 1 > self._kept else None


def _bucket(refill: Refill | None) -> Bucket | None:
    return Bucket(refill) if refill else None


def simulate(requests: Iterable[Arrival], capacity: Capacity) -> Outcome:
    """Send requests through the limits and count what is refused; nothing is tried again.

    :param requests: in the order in which they come

    >>> simulate([Arrival(0, 5), Arrival(1, 5)], Capacity(concurrency=1)).refused_share
    0.5
    """
    way, outcome = _Way(capacity), Outcome()
    running = outcome.running
    for arrival in requests:
        while len(running) + 1 <= arrival.at:
            way.end_until(len(running) + 1)
            running.append(way.running)
        way.end_until(arrival.at)
        outcome.asked += 1
        gate = way.refusal(arrival)
        if gate:
            outcome.refused[gate] += 1
            outcome.first.setdefault(gate, arrival.at)
        outcome.peak = max(outcome.peak, way.running)
    return outcome
